import { randomId } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { EntryReader, EntryWriter } from "./entry-text.ts";
import { MAX_ENTRY_CHARACTERS } from "./event-log.ts";
import type { LoggedEvent } from "./logged-event.ts";

const logged = (event: LoggedEvent["event"], document = "inbox/a.txt"): LoggedEvent => ({
  ...{ at: 1_763_812_800_000, batchId: "b7k2w9qd", document, event },
});
const log = (message: string, facts = {}) =>
  logged({ type: "step.log", runId: "k7w2m9qd41zx", step: "read", message, facts });
const usage = { requests: 3, models: ["a/b:free"], cached: false };
const error = { code: "STEP_FAILED", message: "it failed" };
const run = { runId: "k7w2m9qd41zx" };
const step = { ...run, step: "notes/3/note" };

describe("an entry", () => {
  it("gives back every kind of event", () => {
    const attempt = { model: "a/b:free", outcome: "ok", detail: "", durationMs: 812 };
    const events = [
      logged({ type: "batch.enqueued", pipeline: "notes", version: 1, runs: 12 }, ""),
      logged({ type: "run.queued", ...run, why: "retried" }),
      logged({ type: "run.started", ...run, pipeline: "notes", version: 1, resumedSteps: 2 }),
      logged({ type: "step.started", ...step, kind: "llm" }),
      logged({ type: "step.attempt", ...step, attempt }),
      log("said \u0000 \ud800 ü", { rows: 12, whole: true, name: "x" }),
      logged({ type: "step.completed", ...step, cached: true }),
      logged({ type: "step.failed", ...step, error }),
      logged({ type: "run.parked", ...run, until: 1, why: "day" }),
      logged({ type: "run.waiting", ...step, until: null }),
      logged({ type: "run.completed", ...run, usage }),
      logged({ type: "run.cancelled", ...run, usage }),
      logged({ type: "run.failed", ...run, error, usage }),
    ];
    const texts = new EntryWriter().write(events);
    expect(texts).toHaveLength(1);
    expect(new EntryReader().read(texts[0] ?? "")).toEqual(events);
  });

  it("never holds the question that a waiting run asks", () => {
    const asked = { type: "run.waiting", ...step, question: "Pay 12 to ACME?", until: null } as const;
    const [text = ""] = new EntryWriter().write([logged(asked)]);
    expect(text).toContain("run.waiting");
    expect(text).not.toContain("ACME");
  });

  it("is of bounded size, whatever is said, and shortens what is too long", () => {
    const facts = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`${index}${"k".repeat(500)}`, "v".repeat(500)]),
    );
    const long = [
      log("m".repeat(1_000_000), facts),
      logged(
        { type: "step.failed", ...step, error: { code: "STEP_FAILED", message: "e".repeat(1e6) } },
        "d".repeat(1e5),
      ),
      logged({ type: "run.failed", ...run, error: { code: "X", message: "e".repeat(1e6) }, usage }),
      logged({ type: "run.completed", ...run, usage: { ...usage, models: Array(1_000).fill("a/b:free") } }),
      log("\u0000".repeat(1_000_000), facts),
      ...Array.from({ length: 200 }, () => log("m".repeat(1_900))),
    ];
    const texts = new EntryWriter().write(long);
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(MAX_ENTRY_CHARACTERS);
    const reader = new EntryReader();
    const read = texts.flatMap((text) => reader.read(text));
    expect(read).toHaveLength(long.length);
    expect(read[0]?.event).toMatchObject({ type: "step.log", message: `${"m".repeat(999)}…` });
    expect(read[5]).toEqual(long[5]);
  });

  it("is read once when it was added twice, also when others stand in between", () => {
    const [one, two] = [new EntryWriter(), new EntryWriter()];
    const [first = "", second = ""] = [log("first"), log("second")].flatMap((event) => one.write([event]));
    const [other = ""] = two.write([log("other")]);
    const reader = new EntryReader();
    const messages = [first, second, other, second, first, other].flatMap((text) => reader.read(text));
    expect(messages).toEqual([log("first"), log("second"), log("other")]);
  });

  it("that is damaged or of another time is passed over, and so is an event that nobody knows", () => {
    const [text = ""] = new EntryWriter().write([log("known")]);
    const newer = text.replace('"events":[', '"events":[{"at":1,"type":"run.dreamt"},');
    expect(new EntryReader().read(newer)).toEqual([log("known")]);
    for (const wrong of ["", "{", "null", `{"writer":"${randomId(8)}"}`, text.slice(0, -5)]) {
      expect(new EntryReader().read(wrong)).toEqual([]);
    }
  });
});
