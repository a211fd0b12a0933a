import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLedger } from "../quota/cell-ledger.ts";
import { MemoryCell } from "../quota/state-cell.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../shared/duration.ts";
import { ManualClock } from "../shared/manual-clock.ts";
import { finishTime } from "./send-times.ts";

const MIDNIGHT = Date.UTC(2026, 10, 23);

/** An account that has sent some requests, at a time before midnight. */
const account = fc.record({
  perMinute: fc.integer({ min: 1, max: 20 }),
  perDay: fc.integer({ min: 1, max: 60 }),
  reserve: fc.constantFrom(0, 0.02, 0.5),
  gapMs: fc.constantFrom(0, 150, 5_000),
  beforeMidnightMs: fc.integer({ min: 0, max: 3 * MINUTE_MS }),
  sent: fc.integer({ min: 0, max: 5 }),
  held: fc.boolean(),
});

async function ledgerOf(some: typeof account extends fc.Arbitrary<infer T> ? T : never) {
  const { beforeMidnightMs, sent, held, ...rules } = some;
  const clock = new ManualClock(MIDNIGHT - beforeMidnightMs - 1_000);
  const ledger = createLedger({ cell: new MemoryCell(clock), clock, rules });
  for (let n = 0; n < sent; n++) await ledger.acquire({ maxWaitMs: 0 }).catch(() => {});
  if (held) await ledger.reject({ kind: "minute", resetAt: clock.now() + 30_000 });
  return { clock, ledger };
}

describe("the finish time", () => {
  it("is when the ledger itself gives the last permit", () =>
    fc.assert(
      fc.asyncProperty(account, fc.integer({ min: 1, max: 70 }), async (some, requests) => {
        const { clock, ledger } = await ledgerOf(some);
        const status = await ledger.status();
        const planned = finishTime(requests, status, clock.now());
        let last = 0;
        for (let n = 0; n < requests; n++) {
          // After a refusal nobody waits longer than he was told; the reserved spread over the opening is left out.
          for (;;) {
            const permit = await ledger.acquire({ maxWaitMs: 2 * DAY_MS }).catch((error) => error);
            if (permit instanceof Error) {
              clock.advance(Math.max(1, (await ledger.status()).dayEndsAt - clock.now()));
              continue;
            }
            last = permit.at;
            break;
          }
        }
        // Paces that end while requests wait let the ledger be quicker; nothing lets it be slower.
        if (some.held) expect(planned).toBeGreaterThanOrEqual(last);
        else expect(planned).toBe(last);
      }),
      { numRuns: 200 },
    ));

  it("is never earlier for more requests, nor earlier than the limits allow", () =>
    fc.assert(
      fc.asyncProperty(account, fc.integer({ min: 1, max: 2_000 }), async (some, requests) => {
        const { clock, ledger } = await ledgerOf(some);
        const status = await ledger.status();
        const now = clock.now();
        const at = finishTime(requests, status, now) ?? 0;
        expect(at).toBeGreaterThanOrEqual(finishTime(requests - 1, status, now) ?? 0);
        const { perMinute, perDay, pace } = status;
        expect(at - now).toBeGreaterThanOrEqual((Math.ceil(requests / perMinute) - 1) * pace.windowMs);
        const days = Math.ceil(requests / (perDay - pace.reserved)) - 1;
        expect(at - now).toBeGreaterThanOrEqual((days - 1) * DAY_MS);
      }),
      { numRuns: 200 },
    ));

  it("tells seven days where one request takes one document of fifty a day", async () => {
    const clock = new ManualClock(MIDNIGHT + HOUR_MS);
    const status = await createLedger({ cell: new MemoryCell(clock), clock }).status();
    const at = finishTime(312, status, clock.now()) ?? 0;
    expect(Math.floor((at - MIDNIGHT) / DAY_MS)).toBe(6);
    expect(finishTime(0, status, clock.now())).toBe(clock.now());
    expect(finishTime(1, { ...status, halted: "a cost" }, clock.now())).toBeNull();
  });
});
