import type { Clock } from "./clock.ts";

/** A clock that a test owns: `sleep` jumps ahead at once, `advance` moves time by hand. */
export class ManualClock implements Clock {
  #now: number;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  /** Moves time forwards (or, with a negative value, backwards) by `ms` milliseconds. */
  advance(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    this.#now += Math.max(0, ms);
  }
}
