import type { Fault } from "@sluice/simulator";
import type { RunRecord } from "@sluice/worker";
import { expect } from "vitest";
import { FastClock } from "./fast-clock.ts";
import { Scene } from "./scene.ts";
import { WorkerHere, type WorkerHereOptions } from "./worker-here.ts";
import type { World, WorldOptions } from "./world.ts";

/** How faults are played. */
export interface Play extends WorkerHereOptions {
  documents?: number;
  /** Default: one for each fault. */
  extraRequests?: number;
  /** Documents whose runs may fail, by their places from 0. Default none. */
  unfinished?: readonly number[];
}

/** What came of it. */
export interface Played {
  runs: readonly RunRecord[];
  worker: WorkerHere;
  /** The models that were asked, request by request. */
  asked: string[];
}

/** Long before midnight UTC. */
export const NOON = Date.UTC(2026, 10, 22, 12);

/** As on OpenRouter, twenty times faster, and with room for many requests. */
export const roomyAccount = (): Omit<WorldOptions, "backend"> => ({
  clock: new FastClock(20, NOON),
  minute: { perMinute: 1_000, minuteMs: 60_000 },
  rules: { perMinute: 1_000, windowMs: 62_000, gapMs: 0 },
});

/**
 * Some documents meet faults, whichever model is asked; they are finished without a person's help, and no retry is counted.
 *
 * @param what the faults, or what makes them for a document.
 */
export async function playFaults(
  world: World,
  what: readonly Fault[] | ((document: string) => Promise<Fault[]>),
  options: Play = {},
): Promise<Played> {
  const scene = new Scene(world);
  const names = scene.documents(options.documents ?? 1);
  const faults = typeof what === "function" ? await what(names[0] ?? "") : what;
  const { extraRequests = faults.length } = options;
  world.simulator.script("*", ...faults);
  await using worker = await WorkerHere.start(world, options);
  await scene.enqueueHere(names);
  const unfinished = names.filter((_, place) => options.unfinished?.includes(place));
  const runs = await scene.check({ extraRequests, unfinished });
  world.simulator.assertScriptsSpent();
  expect(runs.map(({ retries }) => retries)).toEqual(runs.map(() => 0));
  return { runs, worker, asked: scene.arrivals.map(({ model }) => model) };
}
