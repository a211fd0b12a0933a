import { type Clock, type StateCell, systemClock } from "@sluice/core";
import type { Backend, QueueEntry, RunQueue } from "@sluice/worker";

/** A clock that begins at a time of its own and goes faster than this machine's, so that a minute is waited out in seconds. */
export class FastClock implements Clock {
  readonly #speed: number;
  #startsAt: number;
  #origin = Date.now();

  constructor(speed: number, startsAt?: number) {
    this.#speed = speed;
    this.#startsAt = startsAt ?? this.#origin;
  }

  /** From now on it is this late. */
  jumpTo(at: number): void {
    this.#origin = Date.now();
    this.#startsAt = at;
  }

  now(): number {
    return this.at(Date.now());
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return systemClock.sleep(ms / this.#speed, signal);
  }

  /** This clock's time at a time of the machine. */
  at(machineTime: number): number {
    return Math.floor(this.#startsAt + (machineTime - this.#origin) * this.#speed);
  }

  /** The machine's time at a time of this clock. */
  machineTime(at: number): number {
    return Math.ceil(this.#origin + (at - this.#startsAt) / this.#speed);
  }
}

/** A store that lives in the time of a clock: what its cells tell, and when parked runs come back. */
export function inTimeOf(clock: FastClock, backend: Backend): Backend {
  return {
    ...backend,
    cell: (name) => cellIn(clock, backend.cell(name)),
    queue: queueIn(clock, backend.queue),
  };
}

function cellIn(clock: FastClock, cell: StateCell): StateCell {
  return {
    read: async () => {
      const { text, now } = await cell.read();
      return { text, now: clock.at(now) };
    },
    swap: (expected, next) => cell.swap(expected, next),
  };
}

function queueIn(clock: FastClock, queue: RunQueue): RunQueue {
  const entryIn = (entry: string | QueueEntry) =>
    typeof entry === "string" || entry.notBefore === undefined
      ? entry
      : { ...entry, notBefore: clock.machineTime(entry.notBefore) };
  return {
    add: (runs) => queue.add(runs.map(entryIn)),
    missing: (runIds) => queue.missing(runIds),
    remove: (runId) => queue.remove(runId),
    pause: () => queue.pause(),
    resume: () => queue.resume(),
    isPaused: () => queue.isPaused(),
    consume: (options) =>
      queue.consume({
        ...options,
        process: async (runId, signal, stop) => {
          const decided = await options.process(runId, signal, stop);
          return decided.kind === "park" ? { ...decided, until: clock.machineTime(decided.until) } : decided;
        },
      }),
  };
}
