import { type Clock, SECOND_MS } from "@sluice/core";
import { within } from "../backends/within.ts";
import type { Schedule } from "./schedule.ts";
import { readSchedules } from "./schedule-list.ts";
import { type LoadScheduled, type TickDeps, takeTick } from "./take-tick.ts";
import { lookAgainAt, mayTake } from "./tick-policy.ts";

/** How a worker takes the ticks of schedules. */
export interface TickerOptions {
  /** Finds the documents of a schedule on this machine. */
  load: LoadScheduled;
  /** Told when a tick is over. Default: nobody is told. */
  onTick?: ((schedule: Schedule) => void) | undefined;
  /** The longest time between two looks at the list of schedules, one read of the store each. Default 30,000. */
  lookEveryMs?: number | undefined;
}

/** How long {@link startTicker}'s end waits for ticks that are being given back. */
const RELEASE_WAIT_MS = 2 * SECOND_MS;

/**
 * Takes the ticks of schedules whose pipelines this worker knows, each when it is due. Between two ticks it sleeps; one
 * look every half minute finds what was added or removed meanwhile.
 *
 * @returns what ends it: ticks at work are given back, for another worker.
 */
export function startTicker(
  { load, onTick = () => {}, lookEveryMs = 30 * SECOND_MS }: TickerOptions,
  deps: Omit<TickDeps, "load" | "signal"> & { onError(error: unknown): void },
): () => Promise<void> {
  const end = new AbortController();
  const { signal } = end;
  const atWork = new Map<string, Promise<void>>();
  const take = async ({ name }: Schedule) => {
    try {
      const schedule = await takeTick(name, "due", { ...deps, load, signal });
      if (schedule) onTick(schedule);
    } catch (error) {
      // The tick is still due. A store that refuses to be written to is not asked again at once.
      deps.onError(error);
      await deps.clock.sleep(lookEveryMs, signal).catch(() => {});
    }
    atWork.delete(name);
  };
  const look = async (): Promise<number> => {
    const { schedules, now } = await readSchedules(deps.backend);
    const ours = schedules.filter(({ pipeline }) => knows(deps, pipeline));
    for (const schedule of ours) {
      if (mayTake(schedule, "due", now) && !atWork.has(schedule.name))
        atWork.set(schedule.name, take(schedule));
    }
    const waiting = ours.filter(({ name }) => !atWork.has(name));
    return Math.min(...waiting.map((schedule) => lookAgainAt(schedule) - now));
  };
  const run = async () => {
    while (!signal.aborted) {
      const dueInMs = await look().catch((error: unknown) => {
        deps.onError(error);
        return lookEveryMs;
      });
      const waitMs = Math.max(0, Math.min(dueInMs, lookEveryMs));
      await sleepUnless(waitMs, [...atWork.values()], { clock: deps.clock, signal });
    }
    await Promise.all(atWork.values());
  };
  const ran = run();
  return () => {
    end.abort();
    return within(ran, RELEASE_WAIT_MS);
  };
}

/** A schedule of another project on the same store is left to its own workers. */
function knows({ registry }: Pick<TickDeps, "registry">, pipeline: string): boolean {
  return registry.list().some(({ name }) => name === pipeline);
}

/** Sleeps, but not on when one of some pieces of work ends. */
async function sleepUnless(
  ms: number,
  works: readonly Promise<void>[],
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<void> {
  const over = new AbortController();
  const sleep = clock.sleep(ms, AbortSignal.any([signal, over.signal])).catch(() => {});
  await Promise.race([sleep, ...works]);
  over.abort();
}
