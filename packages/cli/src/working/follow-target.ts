import { SECOND_MS, systemClock } from "@sluice/core";
import {
  type Backend,
  type BatchProgress,
  type LoggedEvent,
  type WatchOptions,
  watchRuns,
} from "@sluice/worker";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import type { Rest } from "./rest.ts";
import type { Target } from "./target.ts";

/** How a target is followed. */
export interface FollowOptions {
  from: WatchOptions["from"];
  signal: AbortSignal;
  onEvent(event: LoggedEvent): Promise<void>;
  onProgress(progress: BatchProgress): void;
  /** Told while the store is away. */
  onError(error: unknown): void;
}

/** How the following ended. */
export type FollowEnd =
  | { kind: "finished"; progress: BatchProgress }
  | Exclude<Rest, { kind: "finished" }>
  | { kind: "interrupted" };

/** How often the counts are read at most, and at least. */
const SOON_MS = SECOND_MS / 2;
const LOOK_MS = 2 * SECOND_MS;
/** A worker writes its events several times a second; the machine may be busy. */
const QUIET_MS = 2 * SECOND_MS;

/** Follows a target until it is finished, rests, or the signal aborts. */
export async function followTarget(
  backend: Backend,
  target: Target,
  options: FollowOptions,
): Promise<FollowEnd> {
  const { signal, from, onError } = options;
  const end = new AbortController();
  const stop = AbortSignal.any([signal, end.signal]);
  const pace = new Pace();
  const resting = lookUntilRest(target, { ...options, pace, stop }).finally(() => end.abort());
  try {
    for await (const event of watchRuns(backend, target.watched, { from, signal: stop, onError })) {
      await options.onEvent(event);
      pace.note();
    }
  } finally {
    end.abort();
  }
  const rest = await resting;
  if (signal.aborted) return { kind: "interrupted" };
  if (rest) return rest;
  const progress = await target.progress();
  options.onProgress(progress);
  return { kind: "finished", progress };
}

/** The exit code that tells how a target ended. */
export function codeOf(end: FollowEnd): ExitCode {
  if (end.kind === "interrupted") return exitCodes.interrupted;
  if (end.kind !== "finished") return exitCodes.parked;
  const { counts, total } = end.progress;
  return counts.completed < total ? exitCodes.someFailed : exitCodes.done;
}

async function lookUntilRest(
  target: Target,
  options: FollowOptions & { pace: Pace; stop: AbortSignal },
): Promise<Exclude<FollowEnd, { kind: "finished" | "interrupted" }> | undefined> {
  const { pace, stop } = options;
  while (!stop.aborted) {
    // A store that is away is told by whoever follows the events; here it is asked again.
    const rest = await look(target, options).catch(() => undefined);
    if (rest && rest.kind !== "finished") return rest;
    await pace.wait(stop);
  }
  return undefined;
}

/** A rest counts when nothing is heard and nothing changes for a while after it: what led to it is told first. */
async function look(
  target: Target,
  { pace, stop, onProgress }: FollowOptions & { pace: Pace; stop: AbortSignal },
): Promise<Rest | undefined> {
  const progress = await target.progress();
  onProgress(progress);
  const rest = await target.restOf(progress);
  if (!rest) return undefined;
  await pace.quiet(stop);
  const after = await target.progress();
  return JSON.stringify(after) === JSON.stringify(progress) ? rest : undefined;
}

/** When something was heard last: it decides how soon the counts are read again. */
class Pace {
  #heardAt = Date.now();
  #isHeard = false;

  note(): void {
    this.#heardAt = Date.now();
    this.#isHeard = true;
  }

  /** Waits until something is heard, but not too short and not too long. */
  async wait(stop: AbortSignal): Promise<void> {
    const until = Date.now() + LOOK_MS;
    do await systemClock.sleep(SOON_MS, stop).catch(() => {});
    while (!this.#isHeard && Date.now() < until && !stop.aborted);
    this.#isHeard = false;
  }

  /** Waits until nothing has been heard for a while from now on. */
  async quiet(stop: AbortSignal): Promise<void> {
    this.#heardAt = Date.now();
    while (!stop.aborted && Date.now() < this.#heardAt + QUIET_MS) {
      await systemClock.sleep(SOON_MS, stop).catch(() => {});
    }
  }
}
