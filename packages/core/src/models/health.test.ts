import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemoryCell } from "../quota/state-cell.ts";
import { ManualClock } from "../shared/manual-clock.ts";
import { afterEvent, availableAt, HealthBook, type HealthEvent, healthOf } from "./health.ts";

const NOW = 1_000_000;
const fresh = healthOf({}, "a/b:free");
const at = { now: NOW, catalogueReadAt: 0 };

describe("the health of a model", () => {
  it("begins well", () => {
    expect(availableAt(fresh, at)).toBeLessThanOrEqual(NOW);
  });

  it("rests after a failure, and is well again after an answer", () => {
    const resting = afterEvent(fresh, { type: "failed", coolMs: 5_000 }, NOW);
    expect(availableAt(resting, at)).toBe(NOW + 5_000);
    expect(resting.failures).toBe(1);
    const well = afterEvent(resting, { type: "answered", latencyMs: 800 }, NOW + 6_000);
    expect(well).toMatchObject({ failures: 0, latencyMs: 800 });
    expect(availableAt(well, at)).toBeLessThanOrEqual(NOW);
  });

  it("goes on resting when an answer comes to what was asked before", () => {
    const rest = { type: "rest-until", until: NOW + 60_000 } as const;
    for (const event of [rest, { type: "failed", coolMs: 60_000 } as const]) {
      const late = afterEvent(afterEvent(fresh, event, NOW), { type: "answered", latencyMs: 800 }, NOW + 1);
      expect(availableAt(late, at)).toBe(NOW + 60_000);
    }
    const gone = afterEvent(
      afterEvent(fresh, { type: "gone" }, NOW),
      { type: "answered", latencyMs: 800 },
      NOW + 1,
    );
    expect(availableAt(gone, at)).toBeNull();
  });

  it("is gone until a catalogue is read that is newer", () => {
    const gone = afterEvent(fresh, { type: "gone" }, NOW);
    expect(availableAt(gone, { now: NOW, catalogueReadAt: NOW - 1 })).toBeNull();
    expect(availableAt(gone, { now: NOW + 2, catalogueReadAt: NOW + 1 })).not.toBeNull();
  });

  it("keeps to the model's own limit once the server has told it", () => {
    let health = afterEvent(fresh, { type: "failed", coolMs: 0, perMinute: 2 }, NOW);
    for (const second of [1, 2]) health = afterEvent(health, { type: "asked" }, NOW + second * 1_000);
    expect(availableAt(health, { now: NOW + 3_000, catalogueReadAt: 0 })).toBe(NOW + 1_000 + 62_000);
    expect(availableAt(health, { now: NOW + 63_001, catalogueReadAt: 0 })).toBeLessThanOrEqual(NOW + 63_001);
  });

  it("stays within its bounds, whatever happens", () => {
    const events: fc.Arbitrary<HealthEvent> = fc.oneof(
      fc.constant({ type: "asked" as const }),
      fc.record({ type: fc.constant("answered" as const), latencyMs: fc.nat() }),
      fc.record({
        type: fc.constant("failed" as const),
        coolMs: fc.nat(),
        perMinute: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
      }),
      fc.constant({ type: "gone" as const }),
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 60 }), (history) => {
        const health = history.reduce(
          (before, event, index) => afterEvent(before, event, NOW + index),
          fresh,
        );
        expect(health.successRate).toBeGreaterThanOrEqual(0);
        expect(health.successRate).toBeLessThanOrEqual(1);
        expect(health.askedAt.length).toBeLessThanOrEqual(60);
      }),
    );
  });

  it("is shared by all who hold the same cell", async () => {
    const cell = new MemoryCell(new ManualClock(NOW));
    const [one, other] = [new HealthBook(cell), new HealthBook(cell)];
    await Promise.all([one.record("a", { type: "failed", coolMs: 9 }), other.record("b", { type: "gone" })]);
    const { state } = await other.read();
    expect(healthOf(state, "a").coolUntil).toBe(NOW + 9);
    expect(healthOf(state, "b").goneAt).toBe(NOW);
  });
});
