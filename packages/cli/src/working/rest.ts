import { MINUTE_MS, type RunStatus, SECOND_MS } from "@sluice/core";
import {
  type Backend,
  countRuns,
  PAUSED,
  type RunFilter,
  type RunRecord,
  type StatusCounts,
  type Worker,
} from "@sluice/worker";

/** Why there is nothing to do now. */
export type Rest =
  | { kind: "finished" }
  /** Runs are left, nobody works on one, and the whole queue is paused. */
  | { kind: "paused" }
  /** Runs are left, and none of them can be worked on soon; at least one of the reasons is given. */
  | { kind: "resting"; parked: Parked | null; paused: readonly string[]; asking: Asking | null };

/** The first of the parked runs to come back. */
export interface Parked {
  /** Epoch milliseconds. */
  until: number;
  why: string;
}

/** Runs that wait for a person. */
interface Asking {
  count: number;
  /** One of them. */
  runId: string;
}

/** A run that nobody works on. */
export type RestingRun = Pick<RunRecord, "id" | "pipeline" | "parkedUntil" | "parkedWhy" | "waitingFor">;

/** Waits up to this long are sat out: a full minute window opens again within 62 s. */
export const PATIENCE_MS = 1.5 * MINUTE_MS;

/** Decides whether everything left waits too long to be waited for; undefined when it is worth staying. */
export function restOf(resting: readonly RestingRun[], now: number): Rest | undefined {
  if (resting.length === 0) return { kind: "finished" };
  if (resting.some((run) => returnOf(run, now) <= now + PATIENCE_MS)) return undefined;
  const [first] = resting
    .filter((run) => !run.waitingFor && !isPaused(run))
    .sort((a, b) => returnOf(a, now) - returnOf(b, now));
  return {
    kind: "resting",
    parked: first ? { until: returnOf(first, now), why: first.parkedWhy ?? "" } : null,
    paused: [...new Set(resting.filter(isPaused).map(({ pipeline }) => pipeline))],
    asking: askingOf(resting),
  };
}

/** When a run goes on by itself; infinite when it does not. */
function returnOf(run: RestingRun, now: number): number {
  const { parkedUntil, waitingFor } = run;
  // A worker looks at it now and then, and parks it again until a person resumes its pipeline.
  if (isPaused(run)) return Number.POSITIVE_INFINITY;
  return waitingFor ? (waitingFor.until ?? Number.POSITIVE_INFINITY) : (parkedUntil ?? now);
}

function isPaused({ parkedUntil, parkedWhy }: RestingRun): boolean {
  return parkedUntil !== null && parkedWhy === PAUSED;
}

const RESTING: readonly RunStatus[] = ["parked", "waiting"];

/** What a worker in this process says of itself. */
export type Workload = Pick<Worker, "closed" | "atWork">;

/** How often the records are looked through at most, while the counts change. */
const LIST_MS = SECOND_MS;
/** How long the records are trusted while the counts stay as they are. */
const TRUST_MS = MINUTE_MS / 2;
/**
 * Runs that are marked as running while the account is closed and nothing changes for so long are a dead worker's: a
 * live one would have parked them by now, or works on a long step and needs nobody to wait for it.
 */
const STILL_MS = 15 * SECOND_MS;

/** Watches for the moment in which all that is left of some runs rests. To be asked again and again; cheap when it is. */
export class RestWatch {
  readonly #backend: Backend;
  readonly #filter: RunFilter;
  #counts = "";
  #countedAt = 0;
  #listedAt = 0;
  #listAgainAt = 0;

  constructor(backend: Backend, filter: Pick<RunFilter, "batchId"> = {}) {
    this.#backend = backend;
    this.#filter = filter;
  }

  /** Where the runs rest, or undefined while they are worked on or it is worth staying. */
  async look(counts: StatusCounts, worker: Workload): Promise<Rest | undefined> {
    const now = Date.now();
    this.#note(counts, now);
    const { queued, running, parked, waiting } = counts;
    if (queued + running + parked + waiting === 0) return { kind: "finished" };
    const { closed } = worker;
    if (!closed) {
      const rest = queued + running > 0 ? undefined : await this.#restOfRecords(now);
      return rest ?? (running > 0 ? undefined : this.#restOfPaused());
    }
    const isStill = worker.atWork === 0 && now >= this.#countedAt + STILL_MS;
    if (running > 0 && !isStill) return undefined;
    if (queued + running + parked === 0) return this.#restOfRecords(now);
    if (closed.until <= now + PATIENCE_MS) return undefined;
    return {
      kind: "resting",
      parked: closed,
      paused: [],
      asking: askingOf(await this.#collect(["waiting"])),
    };
  }

  #note(counts: StatusCounts, now: number): void {
    const text = JSON.stringify(counts);
    if (text === this.#counts) return;
    this.#counts = text;
    this.#countedAt = now;
    this.#listAgainAt = now;
  }

  /** Reads the records only when they may say something new. */
  async #restOfRecords(now: number): Promise<Rest | undefined> {
    if (now < this.#listAgainAt || now < this.#listedAt + LIST_MS) return undefined;
    this.#listedAt = now;
    const resting = await this.#collect(RESTING);
    const first = Math.min(...resting.map((run) => returnOf(run, now)));
    this.#listAgainAt = Math.min(first, now + TRUST_MS);
    return restOf(resting, now);
  }

  /** Runs that could be worked on rest all the same while the whole queue is paused. */
  async #restOfPaused(): Promise<Rest | undefined> {
    return (await this.#backend.queue.isPaused()) ? { kind: "paused" } : undefined;
  }

  async #collect(status: readonly RunStatus[]): Promise<RestingRun[]> {
    const runs: RestingRun[] = [];
    for await (const run of this.#backend.runs.list({ ...this.#filter, status })) {
      const { id, pipeline, parkedUntil, parkedWhy, waitingFor } = run;
      runs.push({ id, pipeline, parkedUntil, parkedWhy, waitingFor });
    }
    return runs;
  }
}

function askingOf(resting: readonly RestingRun[]): Asking | null {
  const asking = resting.filter(({ waitingFor }) => waitingFor);
  return asking[0] ? { count: asking.length, runId: asking[0].id } : null;
}

/** How often the counts of all batches are read, in milliseconds. */
const COUNT_MS = SECOND_MS;

/** Looks where the runs of all batches rest, as {@link RestWatch} does. */
export function watchAll(backend: Backend): (worker: Workload) => Promise<Rest | undefined> {
  const watch = new RestWatch(backend);
  let countAt = 0;
  return async (worker) => {
    if (Date.now() < countAt) return undefined;
    const rest = await watch.look(await countRuns(backend), worker);
    countAt = Date.now() + COUNT_MS;
    return rest;
  };
}
