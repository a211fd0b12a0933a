import { code, definePipeline, map, parallel, queuedState, sub } from "@sluice/core";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { placeOf } from "./crash-place.ts";
import { brokenHold, poisonOf, withCrash } from "./crash-policy.ts";

const input = z.object({ text: z.string() });
const work = () => code({ output: z.number(), run: () => 1 });
const inner = definePipeline({ name: "inner", version: 1, input }).step("one", work()).step("two", work());
const pipeline = definePipeline({ name: "outer", version: 1, input })
  .step("first", work())
  .step(
    "notes",
    map({
      over: () => ["a", "b", "c"],
      each: (item) => item.step("read", work()).step("note", work()),
    }),
  )
  .step("both", parallel({ left: work(), right: work() }))
  .step(
    "nested",
    sub(inner, () => ({ text: "" })),
  )
  .step("last", work());

const place = (...recorded: string[]) => placeOf(pipeline, new Set(recorded));
const NOTES = ["first", "notes/0/read", "notes/0/note", "notes"];

describe("the place where a run stands", () => {
  it("is the first step that is not recorded", () => {
    expect(place()).toBe("first");
    expect(place(...NOTES, "both/left", "both/right", "both", "nested")).toBe("last");
  });

  it("is the lowest item of a map that is not done, however many later ones are", () => {
    expect(place("first")).toBe("notes/0/read");
    expect(place("first", "notes/0/read", "notes/0/note", "notes/2/note")).toBe("notes/1/read");
    expect(place("first", "notes/0/read", "notes/1/read", "notes/1/note")).toBe("notes/0/note");
    expect(place("first", "notes/0#error", "notes/1/read")).toBe("notes/1/note");
  });

  it("is the first branch, and the first inner step, that is not done", () => {
    expect(place(...NOTES, "both/left")).toBe("both/right");
    expect(place(...NOTES, "both/left", "both/right", "both")).toBe("nested/inner/one");
    expect(place(...NOTES, "both", "nested/inner/one")).toBe("nested/inner/two");
  });

  it("is the last step when everything is recorded but the end", () => {
    expect(place(...NOTES, "both", "nested", "last")).toBe("last");
  });
});

const run = { ...queuedState(0), id: "r1", batchId: "b1", pipeline: "p", version: 1, fingerprint: "f" };
const record = {
  ...run,
  document: { id: null, name: "a" },
  fresh: false,
  priority: "normal",
  inputKey: null,
} as const;
const hold = { worker: "w1", since: 5 };
const crashIn = (step: string, n: number) => ({ worker: `w${n}`, since: n, step, noticedAt: n + 1 });

describe("a crash", () => {
  it("is a run that is still marked as running by another worker, and nothing else", () => {
    const running = { ...record, status: "running", heldBy: hold } as const;
    expect(brokenHold(running, "w2")).toEqual(hold);
    expect(brokenHold(running, "w1")).toBeUndefined();
    for (const status of ["queued", "parked", "waiting"] as const) {
      expect(brokenHold({ ...running, status }, "w2")).toBeUndefined();
    }
  });

  it("counts with those in the same step only", () => {
    const two = withCrash(withCrash([], crashIn("a", 1)), crashIn("a", 2));
    expect(two).toHaveLength(2);
    expect(poisonOf("r1", two)).toBeUndefined();
    expect(withCrash(two, crashIn("b", 3))).toEqual([crashIn("b", 3)]);
    expect(poisonOf("r1", withCrash(two, crashIn("a", 3)))).toMatchObject({
      code: "POISON",
      verdict: "final",
      facts: { run: "r1", step: "a", crashes: 3, workers: ["w1", "w2", "w3"], since: [1, 2, 3] },
    });
  });
});
