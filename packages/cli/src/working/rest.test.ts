import { expect, test } from "vitest";
import { PATIENCE_MS, restOf } from "./rest.ts";

const now = 1_000_000;
const parked = (inMs: number, why = "day") => ({
  id: "p",
  pipeline: "letters",
  parkedUntil: now + inMs,
  parkedWhy: why,
  waitingFor: null,
});
const waiting = (id: string, inMs: number | null = null) => ({
  id,
  pipeline: "letters",
  parkedUntil: null,
  parkedWhy: null,
  waitingFor: { step: "release", question: "Pay?", until: inMs === null ? null : now + inMs },
});

test("is finished when nothing is left", () => {
  expect(restOf([], now)).toEqual({ kind: "finished" });
});

test("stays while any run comes back soon", () => {
  expect(restOf([parked(PATIENCE_MS + 1), parked(PATIENCE_MS)], now)).toBeUndefined();
  expect(restOf([parked(-5)], now)).toBeUndefined();
  expect(restOf([{ ...parked(0), parkedUntil: null }], now)).toBeUndefined();
  expect(restOf([waiting("a"), waiting("b", PATIENCE_MS)], now)).toBeUndefined();
});

test("sits out a full minute window", () => {
  expect(restOf([parked(62_000, "minute")], now)).toBeUndefined();
});

test("names the first run to come back when all wait long", () => {
  expect(restOf([parked(900_000), parked(600_000, "hold")], now)).toEqual({
    kind: "resting",
    parked: { until: now + 600_000, why: "hold" },
    paused: [],
    asking: null,
  });
});

test("does not stay for a person, and counts the runs that ask one", () => {
  expect(restOf([waiting("a"), parked(900_000), waiting("b", 7_200_000)], now)).toEqual({
    kind: "resting",
    parked: { until: now + 900_000, why: "day" },
    paused: [],
    asking: { count: 2, runId: "a" },
  });
  expect(restOf([waiting("a")], now)).toEqual({
    kind: "resting",
    parked: null,
    paused: [],
    asking: { count: 1, runId: "a" },
  });
});

test("does not stay for runs whose pipeline is paused, also when their time has come, and names each once", () => {
  const notes = { ...parked(900_000, "paused"), pipeline: "notes" };
  const rest = { kind: "resting", parked: null, paused: ["letters", "notes"], asking: null };
  expect(restOf([parked(900_000, "paused"), parked(-5, "paused"), notes], now)).toEqual(rest);
  expect(restOf([notes, parked(900_000)], now)).toMatchObject({ parked: { why: "day" }, paused: ["notes"] });
  expect(restOf([notes, parked(5, "minute")], now)).toBeUndefined();
});
