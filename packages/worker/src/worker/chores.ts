import { SECOND_MS } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { within } from "../backends/within.ts";
import { type Turn, takeTurn } from "./turn.ts";

/** Something that one worker of all does now and then. */
export interface Chore {
  /** Names the turn in the store. */
  name: string;
  everyMs: number;
  /** How soon after the start to ask for the first turn. Default `everyMs`. */
  firstAfterMs?: number;
  /** True while it is not to be done. Default: never. */
  isHeld?(): boolean;
  /** Should stop when the signal aborts; the next turn makes up for it. */
  work(turn: Turn, signal: AbortSignal): Promise<unknown>;
}

/** How long the end waits for a chore at work. */
const STOP_WAIT_MS = 2 * SECOND_MS;
/** So much shorter or longer is each wait, so that workers that were started together do not ask together. */
const JITTER = 0.1;

/**
 * Does chores while a worker lives, one read of the store for each time that it asks for its turn.
 *
 * @returns what ends it.
 */
export function startChores(
  chores: readonly Chore[],
  {
    backend,
    onError,
    atStart = async () => {},
  }: {
    backend: Pick<Backend, "cell">;
    onError(error: unknown): void;
    /** What each worker does once, at once. */
    atStart?(signal: AbortSignal): Promise<void>;
  },
): () => Promise<void> {
  const end = new AbortController();
  const running = new Set<Promise<void>>();
  const timers = new Map<Chore, NodeJS.Timeout>();
  const run = (work: () => Promise<unknown>) => {
    const ran = work().then(
      () => {},
      (error: unknown) => {
        if (!end.signal.aborted) onError(error);
      },
    );
    running.add(ran);
    return ran.finally(() => running.delete(ran));
  };
  const round = async (chore: Chore) => {
    if (chore.isHeld?.()) return;
    const turn = await takeTurn(backend.cell(`turn:${chore.name}`), chore.everyMs * (1 - 2 * JITTER));
    if (turn) await chore.work(turn, end.signal);
  };
  const wait = (chore: Chore, aboutMs: number) => {
    const ms = aboutMs * (1 + JITTER * (2 * Math.random() - 1));
    const timer = setTimeout(() => {
      void run(() => round(chore)).then(() => {
        if (!end.signal.aborted) wait(chore, chore.everyMs);
      });
    }, ms);
    timer.unref();
    timers.set(chore, timer);
  };
  void run(() => atStart(end.signal));
  for (const chore of chores) wait(chore, chore.firstAfterMs ?? chore.everyMs);
  return async () => {
    end.abort();
    for (const timer of timers.values()) clearTimeout(timer);
    await within(Promise.all(running), STOP_WAIT_MS);
  };
}
