import { expect, test } from "vitest";
import { PATIENCE_MS, restOf } from "./rest.ts";

const now = 1_000_000;
const parked = (inMs: number, why = "day") => ({ parkedUntil: now + inMs, parkedWhy: why });

test("is finished when nothing is left", () => {
  expect(restOf([], now)).toEqual({ kind: "finished" });
});

test("stays while any run comes back soon", () => {
  expect(restOf([parked(PATIENCE_MS + 1), parked(PATIENCE_MS)], now)).toBeUndefined();
  expect(restOf([parked(-5)], now)).toBeUndefined();
  expect(restOf([{ parkedUntil: null, parkedWhy: null }], now)).toBeUndefined();
});

test("sits out a full minute window", () => {
  expect(restOf([parked(62_000, "minute")], now)).toBeUndefined();
});

test("names the first run to come back when all wait long", () => {
  expect(restOf([parked(900_000), parked(600_000, "hold")], now)).toEqual({
    kind: "parked",
    until: now + 600_000,
    why: "hold",
  });
});
