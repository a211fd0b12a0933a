import { type Clock, isFinished, type RunStatus, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import type { RunPart } from "../backend/run-store.ts";

/** The states of a run that can be pruned. */
export const prunable = ["completed", "failed", "cancelled"] as const satisfies readonly RunStatus[];

/** What is to be removed. */
export interface PruneRequest {
  /** Runs that finished at least so long ago, in milliseconds from 0. */
  olderThanMs: number;
  /**
   * Only these parts: the records stay, and enqueueing goes on to know the inputs. Default: whole runs, after which the
   * same input is a new run.
   */
  parts?: readonly RunPart[] | undefined;
  /** Only runs of this pipeline, all versions of it. Default: of all. */
  pipeline?: string | undefined;
  /** Default: all of {@link prunable}. */
  states?: ReadonlyArray<(typeof prunable)[number]> | undefined;
  /** Also completed runs whose result was never exported. Default false. */
  includeUnexported?: boolean | undefined;
  /** Only counts; what somebody else enqueued again meanwhile is counted, too. Default false. */
  isDryRun?: boolean | undefined;
  /** Ends it between two steps; what is removed stays removed. */
  signal?: AbortSignal | undefined;
  clock?: Clock | undefined;
}

/** What was removed. */
export interface Pruned {
  /** Runs that were removed, or lost some of the parts. */
  runs: number;
  /** Completed runs that were kept because their result was never exported. */
  unexported: number;
}

/** Runs looked at together: bounds memory and the size of one command. */
const CHUNK = 200;

/**
 * Removes finished runs, or parts of them, by age. It may be run by several processes at once, beside workers and
 * clients, and again after it was interrupted: each run goes whole or not at all, and a run that somebody retries or
 * enqueues again meanwhile stays.
 *
 * Cached answers are none of its business: they end by themselves.
 *
 * @throws SluiceError OPTION_INVALID when the age is none.
 */
export async function prune(backend: Backend, request: PruneRequest): Promise<Pruned> {
  const { olderThanMs, states = prunable, signal, clock = systemClock } = request;
  if (!(Number.isFinite(olderThanMs) && olderThanMs >= 0)) {
    throw new SluiceError("OPTION_INVALID", {
      message: `olderThanMs must be milliseconds from 0; given: ${olderThanMs}.`,
      facts: { olderThanMs },
    });
  }
  const desk = new PruneDesk(backend, request, clock.now() - olderThanMs);
  for (const batch of await oldBatches(backend, desk.before)) {
    for await (const run of backend.runs.list({ batchId: batch.id, status: states })) {
      signal?.throwIfAborted();
      // A run that joined the batch is looked at where it was new.
      if (run.batchId === batch.id) await desk.take(run);
    }
  }
  await desk.flush();
  return desk.done;
}

/** Those in which a run may have finished by then, the oldest first. */
async function oldBatches({ runs }: Backend, before: number) {
  const batches = await runs.listBatches(Number.MAX_SAFE_INTEGER);
  return batches.filter(({ createdAt }) => createdAt <= before).reverse();
}

/** Takes runs one by one and removes them by the chunk. */
class PruneDesk {
  /** Runs that finished by then are old. */
  readonly before: number;
  readonly done: Pruned = { runs: 0, unexported: 0 };
  readonly #backend: Backend;
  readonly #request: PruneRequest;
  #chunk: RunRecord[] = [];

  constructor(backend: Backend, request: PruneRequest, before: number) {
    this.#backend = backend;
    this.#request = request;
    this.before = before;
  }

  async take(run: RunRecord): Promise<void> {
    const { pipeline } = this.#request;
    if (pipeline !== undefined && run.pipeline !== pipeline) return;
    if (!isOld(run, this.before)) return;
    if (this.#chunk.push(run) >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = [];
    const exported = await this.#exportedOf(chunk);
    const wanted = chunk.filter((run) => run.status !== "completed" || exported(run));
    this.done.unexported += chunk.length - wanted.length;
    this.done.runs += this.#request.isDryRun ? wanted.length : await this.#remove(wanted);
  }

  /** Tells whether the result of a run may go. */
  async #exportedOf(chunk: readonly RunRecord[]): Promise<(run: RunRecord) => boolean> {
    const { parts, includeUnexported = false } = this.#request;
    const keepsResult = parts !== undefined && !parts.includes("result");
    if (includeUnexported || keepsResult) return () => true;
    const completed = chunk.filter(({ status }) => status === "completed");
    const marks = await this.#backend.runs.findExported(completed.map(({ id }) => id));
    return ({ id, finishedAt }) => marks.get(id) === finishedAt;
  }

  async #remove(wanted: readonly RunRecord[]): Promise<number> {
    const { runs, queue } = this.#backend;
    const { parts } = this.#request;
    const ends = new Map(wanted.map(({ id, finishedAt }) => [id, finishedAt]));
    const terms = {
      // One that was retried meanwhile is not finished, or ended another time.
      isWanted: (run: RunRecord) => isFinished(run.status) && ends.get(run.id) === run.finishedAt,
      notJoinedSince: this.before,
    };
    const ids = [...ends.keys()];
    if (parts !== undefined) return (await runs.removeParts(ids, parts, terms)).length;
    // Whoever cancelled a run may have died before he took its job out; the record is what this is found by.
    const cancelled = wanted.filter(({ status }) => status === "cancelled");
    await Promise.all(cancelled.map(({ id }) => queue.remove(id)));
    return (await runs.remove(ids, terms)).length;
  }
}

function isOld({ status, finishedAt }: RunRecord, before: number): boolean {
  return isFinished(status) && finishedAt !== null && finishedAt <= before;
}
