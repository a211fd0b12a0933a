import { describe, expect, it } from "vitest";
import { AccountHaltedError, QuotaClosedError } from "../errors/quota-errors.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import type { Clock } from "../shared/clock.ts";
import { ManualClock } from "../shared/manual-clock.ts";
import type { Ledger } from "./ledger.ts";
import type { QuotaRules } from "./rules.ts";

/** Makes ledgers that share one account: the suite asks for several to play several processes. */
export interface LedgerFixture {
  /** A ledger on the account of this fixture, counting by `clock`. */
  open(options: { clock: Clock; rules?: Partial<QuotaRules> }): Promise<Ledger> | Ledger;
  close(): Promise<void>;
}

const NOON = Date.UTC(2026, 10, 22, 12, 0, 0);

/** The time of a process that went to sleep for its slot and never came back. */
function clockThatNeverWakes(clock: Clock): Clock {
  return { now: () => clock.now(), sleep: untilAborted };
}

/** Sleeps for ever, as a process does that hangs; wakes only to be told that it is over. */
function untilAborted(_ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}

/** The promises every ledger keeps, whatever holds its state. */
export function ledgerTestsuite(name: string, createFixture: () => Promise<LedgerFixture>): void {
  describe(`ledger: ${name}`, () => {
    const withFixture = async (
      body: (open: LedgerFixture["open"], clock: ManualClock) => Promise<void>,
      startMs = NOON,
    ) => {
      const fixture = await createFixture();
      try {
        await body(fixture.open.bind(fixture), new ManualClock(startMs));
      } finally {
        await fixture.close();
      }
    };

    it("gives at most the minute's permits within any window, over all processes", () =>
      withFixture(async (open, clock) => {
        const rules = { perMinute: 5, perDay: 100 };
        const ledgers = [await open({ clock, rules }), await open({ clock, rules })];
        const sends: number[] = [];
        for (let n = 0; n < 20; n++)
          sends.push((await ledgers[n % 2]?.acquire({ maxWaitMs: 120_000 }))?.at ?? 0);
        for (const start of sends) {
          expect(sends.filter((at) => at >= start && at < start + 60_000).length).toBeLessThanOrEqual(5);
        }
      }));

    it("refuses with the time to come back when the wait would be too long", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock, rules: { perMinute: 1 } });
        await ledger.acquire();
        const refusal = await ledger.acquire({ maxWaitMs: 1_000 }).catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(QuotaClosedError);
        expect(refusal).toMatchObject({ reason: "minute", until: NOON + 62_000 });
      }));

    it("closes the day after its permits and opens it after midnight UTC", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock, rules: { perDay: 2, reserve: 0 } });
        await ledger.acquire();
        await ledger.acquire();
        await expect(ledger.acquire()).rejects.toMatchObject({
          reason: "day",
          until: Date.UTC(2026, 10, 23) + 2_000,
        });
        clock.advance(12 * 3_600_000 + 2_000);
        await expect(ledger.acquire()).resolves.toMatchObject({ id: expect.any(String) });
      }));

    it("charges each permit once, however many callers race for it", () =>
      withFixture(async (open, clock) => {
        const rules = { perMinute: 1_000, perDay: 10, gapMs: 0 };
        const ledgers = await Promise.all([
          open({ clock, rules }),
          open({ clock, rules }),
          open({ clock, rules }),
        ]);
        const asked = ledgers.flatMap((ledger) => Array.from({ length: 5 }, () => ledger.acquire()));
        const settled = await Promise.allSettled(asked);
        expect(settled.filter((one) => one.status === "fulfilled")).toHaveLength(10);
        expect((await ledgers[0]?.status())?.usedToday).toBe(10);
      }));

    it("gives a refunded permit to somebody else", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock, rules: { perDay: 1 } });
        const permit = await ledger.acquire();
        await ledger.refund(permit);
        await ledger.refund(permit);
        expect((await ledger.status()).usedToday).toBe(0);
        await expect(ledger.acquire()).resolves.toBeDefined();
      }));

    it("holds every process until the reset that the server named, and adopts its lower limit", () =>
      withFixture(async (open, clock) => {
        const [first, second] = [await open({ clock }), await open({ clock })];
        await first.acquire();
        await first.reject({ kind: "minute", resetAt: NOON + 30_000, limit: 16 });
        const permit = await second.acquire();
        expect(permit.at).toBeGreaterThanOrEqual(NOON + 30_000);
        expect((await second.status()).perMinute).toBe(16);
      }));

    it("closes the day for everybody when the server says that it is spent", () =>
      withFixture(async (open, clock) => {
        const [first, second] = [await open({ clock }), await open({ clock })];
        await first.reject({ kind: "day", resetAt: Date.UTC(2026, 10, 23), limit: 50 });
        await expect(second.acquire()).rejects.toMatchObject({ reason: "day" });
      }));

    it("adopts the server's count of the day, used by others included", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock });
        await ledger.sync({ used: 978, limit: 1_000 });
        await ledger.acquire();
        await ledger.acquire();
        await expect(ledger.acquire()).rejects.toMatchObject({ reason: "day" });
      }));

    it("tells what we have sent today from what others have used", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock });
        expect(await ledger.status()).toMatchObject({ sentToday: 0, othersToday: null, heardAt: null });
        await ledger.acquire();
        await ledger.refund(await ledger.acquire());
        await ledger.sync({ used: 5, limit: 50 });
        await ledger.acquire();
        expect(await ledger.status()).toMatchObject({ sentToday: 2, othersToday: 4, heardAt: NOON + 150 });
        clock.advance(12 * 3_600_000 + 2_000);
        expect(await ledger.status()).toMatchObject({ sentToday: 0, othersToday: null });
      }));

    it("claims nothing of others while the server's count lags behind our own", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock });
        await ledger.acquire();
        await ledger.acquire();
        await ledger.sync({ used: 1, limit: 50 });
        expect(await ledger.status()).toMatchObject({ sentToday: 2, othersToday: 0 });
      }));

    it("stops every process on a halt, and starts again on resume", () =>
      withFixture(async (open, clock) => {
        const [first, second] = [await open({ clock }), await open({ clock })];
        await first.halt("a reply reported a cost");
        await expect(second.acquire()).rejects.toBeInstanceOf(AccountHaltedError);
        await second.resume();
        await expect(first.acquire()).resolves.toBeDefined();
      }));

    it("passes over a waiter that died in the line, and charges nothing for it", () =>
      withFixture(async (open, clock) => {
        const rules = { perMinute: 1, perDay: 3 };
        await (await open({ clock, rules })).acquire();
        const dying = await open({ clock: clockThatNeverWakes(clock), rules });
        void dying.acquire({ maxWaitMs: 120_000 });
        const other = await open({ clock, rules });
        await expect.poll(async () => (await other.status()).waiting).toBe(1);
        clock.advance(62_000 + 501);
        await other.acquire({ maxWaitMs: 0 });
        expect(await other.status()).toMatchObject({ usedToday: 2, waiting: 0 });
      }));

    it("lets a person before the work that waits, and keeps a part of the day for people", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock, rules: { perDay: 4, reserve: 0.25 } });
        for (let n = 0; n < 3; n++) await ledger.acquire();
        await expect(ledger.acquire()).rejects.toMatchObject({ reason: "day" });
        await expect(ledger.acquire({ urgent: true })).resolves.toBeDefined();
      }));

    it("lets a waiter leave the line at once when its worker stops", () =>
      withFixture(async (open, clock) => {
        const rules = { perMinute: 1 };
        const ledger = await open({ clock, rules });
        await ledger.acquire();
        const controller = new AbortController();
        const stopping = await open({ clock: clockThatNeverWakes(clock), rules });
        const waiting = stopping.acquire({ maxWaitMs: 120_000, signal: controller.signal });
        const refused = expect(waiting).rejects.toMatchObject({ code: "SHUTDOWN" });
        await expect.poll(async () => (await ledger.status()).waiting).toBe(1);
        controller.abort(new SluiceError("SHUTDOWN", { message: "The worker is stopping." }));
        await refused;
        expect((await ledger.status()).waiting).toBe(0);
      }));

    it("gives the place of an aborted waiter back", () =>
      withFixture(async (open, clock) => {
        const ledger = await open({ clock, rules: { perMinute: 1 } });
        await ledger.acquire();
        await expect(ledger.acquire({ signal: AbortSignal.abort(new Error("gone")) })).rejects.toThrow(
          "gone",
        );
        expect((await ledger.status()).usedToday).toBe(1);
      }));
  });
}
