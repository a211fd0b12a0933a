import { setTimeout as sleep } from "node:timers/promises";
import { openBackend } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { type PermitTaker, TakerCrew } from "./permit-taker.ts";

const SEED = 20_261_122;
const PROCESSES = 6;
/** The first processes live from beginning to end; the others are killed and replaced. */
const SURVIVORS = 2;
const KILLS = 14;
const LONGEST_PAUSE_MS = 500;
const rules = { perMinute: 10, perDay: 100_000, windowMs: 1_500, gapMs: 5, graceMs: 200 };
/** What a busy machine may add until somebody takes a slot: one grace for who was due, one for who stood behind him. */
const MARGIN_MS = 600;

const redis = await startRedisServer();
afterAll(() => redis?.stop());

/** Numbers in [0, 1) that depend on the seed alone. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Kills one process after the other, waiters and holders in turn, and starts another in its place. */
async function killAndReplace(crew: TakerCrew): Promise<PermitTaker[]> {
  const random = seededRandom(SEED);
  const victims: PermitTaker[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    await sleep(random() * LONGEST_PAUSE_MS);
    const at = SURVIVORS + Math.floor(random() * (PROCESSES - SURVIVORS));
    const victim = crew.takers[at];
    if (!victim) throw new Error(`There is no process ${at}.`);
    // Every second kill hits a holder; at any other moment the callers of a process wait, or it is only starting.
    if (kill % 2 === 0 && victim.permits.length > 0) await victim.holding();
    await victim.kill();
    victims.push(victim);
    crew.replace(at);
  }
  return victims;
}

/** Every permit that was ever given, as the ledger itself has recorded it. */
async function recordedGrants(redisUrl: string): Promise<Array<{ id: string; at: number }>> {
  const backend = await openBackend({ home: "", redisUrl });
  const { text } = await backend.cell("ledger").read();
  await backend.close();
  const stateSchema = z.object({ sends: z.array(z.object({ id: z.string(), at: z.number() })) });
  return stateSchema.parse(JSON.parse(text ?? "")).sends;
}

/** Grants that made one more than the limit in some window. */
function excess(sends: readonly { at: number }[]): unknown[] {
  return sends
    .slice(rules.perMinute)
    .filter(({ at }, index) => at - (sends[index]?.at ?? 0) < rules.windowMs);
}

/** How long each slot stayed open before somebody took it, in milliseconds. */
function idleTimes(sends: readonly { at: number }[]): number[] {
  return sends.slice(rules.perMinute).map(({ at }, index) => {
    const windowOpens = (sends[index]?.at ?? 0) + rules.windowMs;
    const gapEnds = (sends[index + rules.perMinute - 1]?.at ?? 0) + rules.gapMs;
    return at - Math.max(windowOpens, gapEnds);
  });
}

describe.skipIf(redis === null)(
  "processes killed while they wait for permits and while they hold them",
  () => {
    it("never exceed the limit, never stop the line, and starve nobody who lives", async () => {
      const settings = { redisUrl: redis?.url ?? "", rules, callers: 3, holdMs: 50 };
      await using crew = new TakerCrew(PROCESSES, settings);
      const { takers } = crew;

      await expect
        .poll(() => takers.every((taker) => taker.permits.length > 0), { timeout: 20_000 })
        .toBe(true);
      const victims = await killAndReplace(crew);
      const before = takers.map((taker) => taker.taken.map((permits) => permits.length));
      const everybodyIsServed = () =>
        takers.every((taker, index) =>
          taker.taken.every((permits, caller) => permits.length > (before[index]?.[caller] ?? 0)),
        );
      await expect.poll(everybodyIsServed, { timeout: 15_000 }).toBe(true);

      const everybody = [...takers, ...victims];
      await crew.kill();
      const sends = await recordedGrants(settings.redisUrl);
      const ids = new Set(sends.map(({ id }) => id));
      const reported = everybody.flatMap((taker) => taker.permits);
      expect(everybody.flatMap(({ failure }) => failure ?? [])).toEqual([]);
      expect(victims).toHaveLength(KILLS);
      expect(new Set(reported).size).toBe(reported.length);
      expect(reported.every((id) => ids.has(id))).toBe(true);
      expect(excess(sends)).toEqual([]);
      expect(Math.max(...idleTimes(sends))).toBeLessThan(2 * rules.graceMs + MARGIN_MS);
    }, 60_000);
  },
);
