import { hostname } from "node:os";
import {
  type Clock,
  type Ledger,
  MINUTE_MS,
  type ModelLayer,
  type OnRunEvent,
  randomId,
  type SluiceError,
  systemClock,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { ConsumeOptions } from "../backend/run-queue.ts";
import type { ClosedIntake } from "./admit.ts";
import { CancelWatch } from "./cancel-watch.ts";
import { Intake } from "./intake.ts";
import { Lane } from "./lane.ts";
import { type ProcessDeps, processRun } from "./process-run.ts";
import { reconcile } from "./reconcile.ts";
import type { Registry } from "./registry.ts";
import { restPaused } from "./rest-paused.ts";
import { lookAfterReleased } from "./rest-waiting.ts";
import { Workload } from "./workload.ts";

/** What a worker is started with. */
export interface WorkerOptions {
  backend: Backend;
  registry: Registry;
  /** Asks models for all runs, for example `openRouter({ apiKey, ledger, cache })`. */
  models: ModelLayer;
  /**
   * The ledger that gives the permits. With it, nothing is taken from the queue while the account has no permit for runs:
   * they stay queued, also those that could be answered from the cache, and the store is left in peace until the time
   * that the ledger states. Default: every run is taken up, and parks by itself.
   */
  ledger?: Pick<Ledger, "status"> | undefined;
  /**
   * Holds the ledger against the server's own count; called at the start and every `syncEveryMs`. A failure is
   * reported to `onError` and changes nothing.
   */
  sync?: (() => Promise<void>) | undefined;
  /** Default 300,000. */
  syncEveryMs?: number | undefined;
  /** Runs worked on at the same time; default 8. */
  concurrency?: number | undefined;
  onEvent?: OnRunEvent | undefined;
  /** Errors that are nobody's run: connections, the store. Default: ignored. */
  onError?: ((error: unknown) => void) | undefined;
  clock?: Clock | undefined;
}

/** A worker at work. */
export interface Worker extends AsyncDisposable {
  /** Resolves with the reason when the account was halted; the worker takes no more runs then. */
  readonly halted: Promise<SluiceError>;
  /** Why no runs are taken now, and until when; null while they are. Needs {@link WorkerOptions.ledger}. */
  readonly closed: ClosedIntake | null;
  /** Runs at work now. */
  readonly atWork: number;
  /** Runs that were lost to another worker, and whose late results were discarded; each was told to `onError`. */
  readonly lost: number;
  /**
   * Takes no more runs and waits up to `graceMs` (default 10,000) for those at work; what is not done then goes back
   * to the queue and is resumed at its step.
   */
  close(graceMs?: number): Promise<void>;
}

/** Default of {@link Worker.close}. */
export const GRACE_MS = 10_000;

/** Starts a worker: it takes runs from the backend's queue until it is closed. */
export async function startWorker(options: WorkerOptions): Promise<Worker> {
  const { backend, concurrency = 8, onError = () => {}, clock = systemClock } = options;
  const { promise: halted, resolve: onHalt } = withResolver<SluiceError>();
  const stopSyncing = startSyncing(options, onError);
  await reconcile(backend, clock.now());
  const intake = await Intake.open({ ledger: options.ledger, clock, onHalt, onError });
  const workload = new Workload(onError);
  const work = workOn(options, { clock, onHalt, intake, workload });
  const consumer = await backend.queue.consume({
    concurrency,
    startsPaused: intake.closed !== null,
    process: (runId, signal) => workload.during(() => work(runId, signal)),
    onReleased: (runId) => lookAfterReleased(backend, runId),
    onError,
  });
  intake.govern(consumer);
  let closing: Promise<void> | undefined;
  const close = (graceMs = GRACE_MS) => {
    stopSyncing();
    intake.close();
    closing ??= consumer.close(graceMs);
    return closing;
  };
  void halted.then(() => close());
  return {
    halted,
    get closed() {
      return intake.closed;
    },
    get atWork() {
      return workload.atWork;
    },
    get lost() {
      return workload.lost;
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
}

/** Works on one run, unless its pipeline is paused. */
function workOn(
  { backend, registry, models, onEvent = () => {} }: WorkerOptions,
  own: { clock: Clock; onHalt(error: SluiceError): void; intake: Intake; workload: Workload },
): ConsumeOptions["process"] {
  const { clock, onHalt, intake, workload } = own;
  const cancels = new CancelWatch(backend.runs);
  const deps: ProcessDeps = {
    ...{ backend, registry, models, clock, onEvent, onHalt },
    worker: `${hostname()}:${process.pid}:${randomId(4)}`,
    lane: new Lane(),
    onClosed: (closed) => intake.refused(closed),
    onLost: (runId) => workload.noteLost(runId),
  };
  return async (runId, signal) => {
    const rested = await restPaused(runId, { backend, clock, onEvent });
    return rested ?? cancels.during(runId, signal, (stop) => processRun(runId, stop, deps));
  };
}

const SYNC_EVERY_MS = 5 * MINUTE_MS;

/** Syncs now and then; returns what ends it. */
function startSyncing(
  { sync, syncEveryMs = SYNC_EVERY_MS }: WorkerOptions,
  onError: (error: unknown) => void,
): () => void {
  if (!sync) return () => {};
  const run = () => void sync().catch(onError);
  run();
  const timer = setInterval(run, syncEveryMs);
  timer.unref();
  return () => clearInterval(timer);
}

function withResolver<T>(): { promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
