import { type Clock, isFinished, MINUTE_MS } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { LoggedEvent } from "../backend/logged-event.ts";
import { isEnd, toldEnd } from "./end-of-run.ts";
import type { Watched } from "./event-filter.ts";

/** When what is watched is finished, and what of its ends was not heard. */
export interface Finish {
  /** What is finished now is taken as known; but the end of a single run is told in any case. */
  begin(): Promise<void>;
  /** Takes note of an event that was heard. */
  note(event: LoggedEvent): void;
  /** Whether it is finished, by what is recorded. */
  isReached(): Promise<boolean>;
  /** Whether every end was heard, as far as was known at the last look. */
  isHeard(): boolean;
  /** The ends that were not heard, from the records. */
  missing(): AsyncIterable<LoggedEvent>;
}

/** The finish of a run, of a batch, or of everything, which never comes. */
export function finishOf(backend: Backend, { runId, batchId }: Watched, clock: Clock): Finish {
  if (runId !== undefined) return new FinishOfRun(backend, runId);
  if (batchId !== undefined) return new FinishOfBatch(backend, batchId, clock.now() - MARGIN_MS);
  return endless;
}

const endless: Finish = {
  begin: async () => {},
  note: () => {},
  isReached: async () => false,
  isHeard: () => false,
  async *missing() {},
};

/** The runs whose end was heard, and that were not taken up again since. */
class HeardEnds {
  readonly #ended = new Set<string>();

  get size(): number {
    return this.#ended.size;
  }

  has(runId: string): boolean {
    return this.#ended.has(runId);
  }

  note({ event }: LoggedEvent): void {
    if (!("runId" in event)) return;
    if (isEnd(event)) this.#ended.add(event.runId);
    else if (event.type === "run.started" || event.type === "run.queued") this.#ended.delete(event.runId);
  }
}

class FinishOfRun implements Finish {
  readonly #backend: Backend;
  readonly #runId: string;
  readonly #heard = new HeardEnds();

  constructor(backend: Backend, runId: string) {
    this.#backend = backend;
    this.#runId = runId;
  }

  async begin(): Promise<void> {}

  note(event: LoggedEvent): void {
    this.#heard.note(event);
  }

  /** A run that is gone has nothing more to tell. */
  async isReached(): Promise<boolean> {
    const run = await this.#backend.runs.get(this.#runId);
    return run === undefined || isFinished(run.status);
  }

  isHeard(): boolean {
    return this.#heard.has(this.#runId);
  }

  async *missing(): AsyncGenerator<LoggedEvent> {
    const run = await this.#backend.runs.get(this.#runId);
    const end = run && toldEnd(run);
    if (end && !this.isHeard()) yield end;
  }
}

/** Clocks of the machines may differ by so much: rather tell an end that is known than miss one. */
const MARGIN_MS = MINUTE_MS;

class FinishOfBatch implements Finish {
  readonly #backend: Backend;
  readonly #batchId: string;
  readonly #since: number;
  readonly #heard = new HeardEnds();
  #knownBefore = 0;
  #finished = 0;

  constructor(backend: Backend, batchId: string, since: number) {
    this.#backend = backend;
    this.#batchId = batchId;
    this.#since = since;
  }

  async begin(): Promise<void> {
    await this.isReached();
    this.#knownBefore = this.#finished;
  }

  note(event: LoggedEvent): void {
    this.#heard.note(event);
  }

  /** Both are read each time: the total is corrected when a batch has been enqueued. */
  async isReached(): Promise<boolean> {
    const { runs } = this.#backend;
    const [batch, counts] = await Promise.all([
      runs.getBatch(this.#batchId),
      runs.countByStatus(this.#batchId),
    ]);
    this.#finished = counts.completed + counts.failed + counts.cancelled;
    return this.#finished >= (batch?.total ?? 0);
  }

  isHeard(): boolean {
    return this.#knownBefore + this.#heard.size === this.#finished;
  }

  async *missing(): AsyncGenerator<LoggedEvent> {
    if (this.isHeard()) return;
    const filter = { batchId: this.#batchId, status: ["completed", "failed", "cancelled"] } as const;
    for await (const run of this.#backend.runs.list(filter)) {
      const end = toldEnd(run);
      if (end && end.at >= this.#since && !this.#heard.has(run.id)) yield end;
    }
  }
}
