import { randomId, type SluiceError, systemClock } from "@sluice/core";
import { describe, expect, it, vi } from "vitest";
import { EntryReader } from "../backend/entry-text.ts";
import type { LoggedEvent } from "../backend/logged-event.ts";
import { EventRecorder } from "./event-recorder.ts";

/** A log in memory that can be made to fail, to hang, and to do what it says it did not. */
class TestLog {
  readonly texts: string[] = [];
  appends = 0;
  fault: "none" | "lost" | "unsure" | "hanging" = "none";

  async append(texts: readonly string[]): Promise<void> {
    this.appends += 1;
    if (this.fault === "hanging") await new Promise(() => {});
    if (this.fault !== "lost") this.texts.push(...texts);
    if (this.fault !== "none") throw new Error("no answer");
  }

  read(): LoggedEvent[] {
    const reader = new EntryReader();
    return this.texts.flatMap((text) => reader.read(text));
  }
}

function open() {
  const log = new TestLog();
  const errors: SluiceError[] = [];
  const onError = (error: unknown) => void errors.push(error as SluiceError);
  return { log, errors, recorder: new EventRecorder({ log, clock: systemClock, onError }) };
}

const run = { batchId: "b7k2", document: { id: null, name: "a.txt" } };
const step = (name: string) =>
  ({ type: "step.completed", runId: "k7w2", step: name, cached: false }) as const;
const stepsOf = (events: readonly LoggedEvent[]) =>
  events.map(({ event }) => ("step" in event ? event.step : event.type));

describe("the recorder of a worker's events", () => {
  it("writes the events of all runs in their order, many with one command", async () => {
    const { log, errors, recorder } = open();
    const [hear, hearOther] = [
      recorder.of(run),
      recorder.of({ ...run, document: { id: null, name: "b.txt" } }),
    ];
    const names = Array.from({ length: 500 }, () => randomId(4));
    for (const [index, name] of names.entries()) (index % 2 === 0 ? hear : hearOther)(step(name));
    expect(log.appends).toBe(0);
    await vi.waitUntil(() => log.texts.length > 0, 5_000);
    expect(log.appends).toBe(1);
    expect(stepsOf(log.read())).toEqual(names);
    expect(log.read().slice(0, 2)).toMatchObject([
      { batchId: "b7k2", document: "a.txt" },
      { batchId: "b7k2", document: "b.txt" },
    ]);
    await recorder.close();
    expect(errors).toEqual([]);
  });

  it("writes again what was not answered, and a reader sees it once", async () => {
    for (const fault of ["lost", "unsure"] as const) {
      const { log, recorder } = open();
      const hear = recorder.of(run);
      log.fault = fault;
      hear(step("first"));
      await vi.waitUntil(() => log.appends > 0, 5_000);
      log.fault = "none";
      hear(step("second"));
      await vi.waitUntil(() => log.read().length === 2, 10_000);
      expect(stepsOf(log.read())).toEqual(["first", "second"]);
      await recorder.close();
    }
  });

  it("holds a bounded number while the log is away, drops the rest, and tells how many once it is back", async () => {
    const { log, errors, recorder } = open();
    const hears = Array.from({ length: 4 }, () => recorder.of(run));
    log.fault = "lost";
    for (let index = 0; index < 7_000; index++) hears[index % 4]?.(step(String(index)));
    await vi.waitUntil(() => log.appends > 0, 5_000);
    expect(recorder.dropped).toBe(2_000);
    expect(errors).toEqual([]);
    log.fault = "none";
    await vi.waitUntil(() => errors.length > 0, 10_000);
    expect(errors.map(({ code, facts }) => [code, facts["dropped"]])).toEqual([["EVENTS_DROPPED", 2_000]]);
    await recorder.close();
    expect(stepsOf(log.read())).toEqual(Array.from({ length: 5_000 }, (_, index) => String(index)));
  });

  it("does not let one run that says too much fill the log, and hears its end", async () => {
    const { log, errors, recorder } = open();
    const hear = recorder.of(run);
    for (let round = 0; round < 3; round++) {
      for (let index = 0; index < 2_000; index++) hear(step("again"));
      await vi.waitUntil(() => log.read().length === Math.min(5_000, 2_000 * (round + 1)), 10_000);
    }
    hear({ type: "run.completed", runId: "k7w2", usage: { requests: 0, models: [], cached: false } });
    await recorder.close();
    expect(log.read()).toHaveLength(5_001);
    expect(stepsOf(log.read()).at(-1)).toBe("run.completed");
    expect(errors.every(({ code }) => code === "EVENTS_DROPPED")).toBe(true);
    expect(errors.length).toBeGreaterThan(0);
  });

  it("writes what is left when it closes, and never holds the close up", async () => {
    const { log, recorder } = open();
    recorder.of(run)(step("last"));
    await recorder.close();
    expect(stepsOf(log.read())).toEqual(["last"]);

    const stuck = open();
    stuck.log.fault = "hanging";
    stuck.recorder.of(run)(step("never"));
    const startedAt = performance.now();
    await stuck.recorder.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});
