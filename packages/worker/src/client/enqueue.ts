import { type AnyPipeline, type Clock, faultPoint, randomId, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { BatchRecord, RunPriority } from "../backend/run-record.ts";
import type { NewRun, StoredRun } from "../backend/run-store.ts";
import { endOf } from "./end-of-run.ts";
import { type EnqueueItem, newRun, type RunTerms } from "./new-run.ts";
import { Teller } from "./teller.ts";

/** What is enqueued together. */
export interface EnqueueRequest {
  pipeline: AnyPipeline;
  items: AsyncIterable<EnqueueItem> | Iterable<EnqueueItem>;
  /** How many items there will be. */
  total: number;
  /**
   * Makes new runs whatever runs exist, and asks models anew whatever was answered before; the new runs and answers
   * stand for these inputs from then on. Default false.
   */
  fresh?: boolean | undefined;
  /**
   * Takes only what was never enqueued for this definition of the pipeline: an input that has a run, whatever became of
   * it, and a document that could not be loaded before for the same reason, do not join the batch. There is no batch
   * when nothing is left. Default false.
   */
  onlyNew?: boolean | undefined;
  /** Which runs go first; a run that is at work is never interrupted for it. Default `normal`. */
  priority?: RunPriority | undefined;
  /** New runs are not taken up before this time has passed. Default 0. */
  delayMs?: number | undefined;
  /** New runs are not taken up before this time, in epoch milliseconds; instead of `delayMs`. */
  notBefore?: number | undefined;
  /** Asked once, when all items were taken: how many requests the new runs are planned to take. Default: nobody knows. */
  plannedRequests?: (() => number | undefined) | undefined;
  /** Told after each stored chunk. */
  onProgress?: ((enqueued: number) => void) | undefined;
  clock?: Clock | undefined;
}

/** What became of one item. */
export interface EnqueuedRun {
  run: string;
  /**
   * - `new`: a new run.
   * - `again`: a new run, because the one that exists has failed or was cancelled.
   * - `existing`: this input was enqueued before; the batch shows the run that exists, as it is.
   * - `failed`: a run that failed at once, because its document could not be loaded.
   */
  how: StoredRun["how"] | "failed";
}

/** What was enqueued. */
export interface Enqueued {
  batchId: string;
  /** New runs in the queue, those that wait for their time included. */
  queued: number;
  /** How many of `queued` are enqueued again, because an earlier run failed or was cancelled. */
  again: number;
  /** Items whose run exists already. */
  existing: number;
  /** Runs that failed at once, because their document could not be loaded. */
  failed: number;
  /** Runs in the batch: less than items when some of them are the same. */
  total: number;
  /** One for each item, in their order. */
  runs: EnqueuedRun[];
}

/** Runs stored at a time. */
const CHUNK = 500;
/** Inputs held in memory at a time, in characters of JSON: a chunk of large documents is stored earlier. */
const CHUNK_CHARACTERS = 4_000_000;

/**
 * Stores a batch of runs and queues them, in chunks, so that memory stays bounded.
 *
 * The same document and input, enqueued again for the same definition of a pipeline, is the same run: the batch refers
 * to it, and no request is spent. An item that is an error becomes a failed run: it is counted, listed and exported like
 * any other.
 *
 * @throws SluiceError OPTION_INVALID when the delay is no time from now on.
 */
export async function enqueue(backend: Backend, request: EnqueueRequest): Promise<Enqueued> {
  const { pipeline, fresh = false, onlyNew = false, priority = "normal", clock = systemClock } = request;
  const now = clock.now();
  const notBefore = notBeforeOf(request, now);
  const terms: RunTerms = { pipeline, batchId: randomId(8), fresh, onlyNew, priority, notBefore };
  const { name, version } = pipeline;
  const { total } = request;
  const batch = { id: terms.batchId, pipeline: name, version, createdAt: now, total };
  const desk = new EnqueueDesk({ backend, teller: new Teller(backend, clock) }, terms, batch);
  try {
    for await (const item of request.items) {
      if (await desk.take(newRun(item, terms, clock.now()))) request.onProgress?.(desk.done.runs.length);
    }
  } catch (error) {
    // What is stored stays and is worked off; that it could not be counted must not hide why.
    await desk.close().catch(() => {});
    throw error;
  }
  await desk.close();
  await desk.notePlan(request.plannedRequests?.());
  request.onProgress?.(desk.done.runs.length);
  return desk.done;
}

/** Takes runs one by one and stores them by the chunk. */
class EnqueueDesk {
  readonly done: Enqueued;
  readonly #backend: Backend;
  readonly #teller: Teller;
  readonly #terms: RunTerms;
  readonly #batch: BatchRecord;
  #chunk: NewRun[] = [];
  #characters = 0;

  constructor(
    { backend, teller }: { backend: Backend; teller: Teller },
    terms: RunTerms,
    batch: BatchRecord,
  ) {
    this.#backend = backend;
    this.#teller = teller;
    this.#terms = terms;
    this.#batch = batch;
    this.done = { batchId: batch.id, queued: 0, again: 0, existing: 0, failed: 0, total: 0, runs: [] };
  }

  /** @returns whether a chunk was stored. */
  async take(run: NewRun): Promise<boolean> {
    this.#chunk.push(run);
    this.#characters += run.input?.length ?? 0;
    if (this.#chunk.length < CHUNK && this.#characters < CHUNK_CHARACTERS) return false;
    await this.#flush();
    return true;
  }

  /** Stores what is left, and corrects the batch when it has other than as many runs as it was to have. */
  async close(): Promise<void> {
    await this.#flush();
    const counts = await this.#backend.runs.countByStatus(this.#batch.id);
    const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
    this.done.total = total;
    if (total !== this.#batch.total) await this.#backend.runs.setTotal(this.#batch.id, total);
    if (total > 0) await this.#teller.tellEnqueued(this.#batch, this.done.queued);
  }

  async notePlan(requests: number | undefined): Promise<void> {
    if (requests === undefined || this.done.total === 0) return;
    await this.#backend.runs.setPlannedRequests(this.#batch.id, requests);
  }

  async #flush(): Promise<void> {
    const chunk = this.#chunk;
    this.#chunk = [];
    this.#characters = 0;
    const known = await this.#known(chunk);
    const stored = await this.#store(chunk.filter((run) => !known.has(keyOf(run))));
    const news = stored.values();
    for (const run of chunk) {
      const existing = known.get(keyOf(run));
      const one = existing === undefined ? news.next().value : { id: existing, how: "existing" as const };
      if (one) this.#count(one);
    }
  }

  /** The runs of inputs that are to be left out, by input key. */
  async #known(chunk: readonly NewRun[]): Promise<ReadonlyMap<string, string>> {
    if (!this.#terms.onlyNew) return new Map();
    return this.#backend.runs.findByInputKeys(chunk.map(keyOf));
  }

  async #store(runs: NewRun[]): Promise<StoredRun[]> {
    if (this.#terms.onlyNew && runs.length === 0) return [];
    faultPoint("beforeStore");
    const stored = await this.#backend.runs.create(this.#batch, runs);
    faultPoint("stored");
    // Also those that exist: whoever enqueued one may have died before he could queue it.
    const waiting = stored.filter(({ how, status }) => status === "queued" || isDelayed(how, status));
    const { priority, notBefore } = this.#terms;
    await this.#backend.queue.add(waiting.map(({ id }) => ({ id, priority, notBefore })));
    faultPoint("queued");
    await this.#tellFailed(runs, stored);
    return stored;
  }

  /** No worker will ever tell of these. */
  async #tellFailed(runs: readonly NewRun[], stored: readonly StoredRun[]): Promise<void> {
    const ids = new Set(stored.filter(isFailed).map(({ id }) => id));
    const failed = runs.map(({ record }) => record).filter(({ id }) => ids.has(id));
    await this.#teller.tell(failed, endOf);
  }

  #count(run: Counted): void {
    const { id, how } = run;
    const { done } = this;
    done.runs.push({ run: id, how: isFailed(run) ? "failed" : how });
    if (isFailed(run)) done.failed += 1;
    else if (how === "existing") done.existing += 1;
    else done.queued += 1;
    if (how === "again") done.again += 1;
  }
}

/** What is counted of a run; one that was left out has no status here. */
type Counted = Pick<StoredRun, "id" | "how"> & Partial<StoredRun>;

function isFailed({ how, status }: Counted): boolean {
  return how !== "existing" && status === "failed";
}

function keyOf({ record }: NewRun): string {
  return record.inputKey ?? "";
}

function isDelayed(how: StoredRun["how"], status: StoredRun["status"]): boolean {
  return how !== "existing" && status === "parked";
}

function notBeforeOf({ delayMs, notBefore }: EnqueueRequest, now: number): number {
  if (delayMs === undefined && notBefore === undefined) return now;
  if (delayMs !== undefined && notBefore !== undefined)
    throw wrongTime("Give either delayMs or notBefore, not both");
  const at = notBefore ?? now + (delayMs ?? 0);
  if (Number.isFinite(at) && (delayMs ?? 0) >= 0) return at;
  const rule =
    notBefore === undefined ? "delayMs must be milliseconds from 0" : "notBefore must be epoch milliseconds";
  throw wrongTime(`${rule}; given: ${notBefore ?? delayMs}`);
}

function wrongTime(rule: string): SluiceError {
  return new SluiceError("OPTION_INVALID", { message: `${rule}.` });
}
