import { hostname } from "node:os";
import {
  type Clock,
  type Ledger,
  MINUTE_MS,
  type ModelLayer,
  type OnRunEvent,
  randomId,
  SluiceError,
  systemClock,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { readPaused } from "../backend/pauses.ts";
import type { ConsumeOptions } from "../backend/run-queue.ts";
import type { Retention } from "../client/retain.ts";
import type { TickerOptions } from "../schedules/ticker.ts";
import { CancelWatch } from "./cancel-watch.ts";
import { startChores } from "./chores.ts";
import { EventRecorder } from "./event-recorder.ts";
import { Intake } from "./intake.ts";
import { Lane } from "./lane.ts";
import { Patience } from "./patience.ts";
import { patientStores } from "./patient-stores.ts";
import { type ProcessDeps, processRun } from "./process-run.ts";
import { recent } from "./recent.ts";
import { reconcile } from "./reconcile.ts";
import type { Registry } from "./registry.ts";
import { PAUSES_AGE_MS, restPaused } from "./rest-paused.ts";
import { lookAfterReleased } from "./rest-waiting.ts";
import { upkeepOf } from "./upkeep.ts";
import type { WorkerObserver, WorkerStatus } from "./worker-observer.ts";
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
  /** With it the worker takes ticks of the schedules whose pipelines it knows, also while the account is closed. */
  schedules?: TickerOptions | undefined;
  /** Removes what is stored of finished runs by age; one worker of all does, once an hour. Default: nothing is removed. */
  retention?: Retention | undefined;
  /**
   * How often one worker of all puts runs back into the queue whose client died before it had queued them, unless the
   * account is closed. Default 300,000.
   */
  reconcileEveryMs?: number | undefined;
  onEvent?: OnRunEvent | undefined;
  /** Hears what this worker does, for example to count it: `startMetricsServer()` gives one. */
  observer?: WorkerObserver | undefined;
  /** Errors that are nobody's run: connections, the store. Default: ignored. */
  onError?: ((error: unknown) => void) | undefined;
  clock?: Clock | undefined;
}

/** A worker at work. */
export interface Worker extends WorkerStatus, AsyncDisposable {
  /** Resolves with the reason when the account was halted, or the store is none for it; it takes no more runs then. */
  readonly halted: Promise<SluiceError>;
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
  const { halted, haltedBy, onHalt } = haltNotice();
  const stopSyncing = startSyncing(options, onError);
  const intake = await Intake.open({ ledger: options.ledger, clock, onHalt, onError });
  const workload = new Workload(onError);
  const recorder = new EventRecorder({ log: backend.events, clock, onError });
  const patience = new Patience({ clock, onError });
  const work = workOn(options, { clock, onHalt, intake, workload, patience, recorder });
  const consumer = await backend.queue.consume({
    concurrency,
    startsPaused: intake.closed !== null,
    process: work,
    onReleased: lookAfterReleased(backend),
    onError,
  });
  intake.govern(consumer);
  const stopTicking = await startTicking(options, { clock, onError });
  const stopChores = startChores(upkeepOf(options, { clock, intake }), {
    ...{ backend, onError },
    // Runs that wait in the queue need not wait until all of them were looked at.
    atStart: (signal) => reconcile(backend, { now: clock.now(), signal }),
  });
  let closing: Promise<void> | undefined;
  const close = (graceMs = GRACE_MS) => {
    stopSyncing();
    intake.close();
    closing ??= Promise.all([stopTicking(), stopChores(), consumer.close(graceMs)]).then(() =>
      recorder.close(),
    );
    return closing;
  };
  void halted.then(() => close());
  const worker: Worker = {
    halted,
    get haltedBy() {
      return haltedBy();
    },
    get isClosing() {
      return closing !== undefined;
    },
    get closed() {
      return intake.closed;
    },
    get atWork() {
      return workload.atWork;
    },
    get lost() {
      return workload.lost;
    },
    get gone() {
      return workload.gone;
    },
    close,
    [Symbol.asyncDispose]: () => close(),
  };
  options.observer?.onStart(worker);
  return worker;
}

/** Works on one run, unless its pipeline is paused. */
function workOn(
  { backend, registry, models, observer, onEvent = () => {}, onError = () => {} }: WorkerOptions,
  own: {
    clock: Clock;
    onHalt(error: SluiceError): void;
    intake: Intake;
    workload: Workload;
    patience: Patience;
    recorder: EventRecorder;
  },
): ConsumeOptions["process"] {
  const { clock, onHalt, intake, workload, patience, recorder } = own;
  const eventsOf: ProcessDeps["eventsOf"] = (run) => {
    const record = recorder.of(run);
    const observe = observer?.eventsOf(run);
    return (event) => {
      record(event);
      if (event.type === "run.queued") return;
      onEvent(event);
      observe?.(event);
    };
  };
  const cancels = new CancelWatch(backend.runs);
  const worker = `${hostname()}:${process.pid}:${randomId(4)}`;
  const deps: Omit<ProcessDeps, "backend"> = {
    ...{ registry, models, clock, eventsOf, onHalt, worker },
    lane: new Lane(),
    onClosed: (closed) => intake.refused(closed),
    onLost: (runId) => workload.noteLost(runId),
    onGone: (runId) => workload.noteGone(runId),
  };
  const workOnRun = (runId: string, signal: AbortSignal) => {
    const stores = patientStores(backend, { runId, worker, signal, patience, onError });
    return processRun(runId, signal, { ...deps, backend: stores });
  };
  const pauses = recent(() => readPaused(backend), PAUSES_AGE_MS);
  return async (runId, signal, stop) => {
    const unwatch = cancels.watch(runId, stop);
    workload.begin();
    try {
      const rested = await restPaused(runId, { backend, clock, eventsOf, pauses });
      return rested ?? (await workOnRun(runId, signal));
    } catch (error) {
      // It would go wrong with every run.
      if (SluiceError.has(error, "BACKEND_NEWER") || SluiceError.has(error, "BACKEND_REFUSED")) onHalt(error);
      throw error;
    } finally {
      workload.end();
      unwatch();
    }
  };
}

/** Loads what ticks need only where there are any. */
async function startTicking(
  { schedules, backend, registry }: WorkerOptions,
  own: { clock: Clock; onError(error: unknown): void },
): Promise<() => Promise<void>> {
  if (!schedules) return async () => {};
  const { startTicker } = await import("../schedules/ticker.ts");
  return startTicker(schedules, { backend, registry, ...own });
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

/** The halt of a worker, for those who wait for it and for those who look. */
function haltNotice() {
  let reason: SluiceError | null = null;
  let tell: (error: SluiceError) => void = () => {};
  const halted = new Promise<SluiceError>((resolve) => {
    tell = resolve;
  });
  const onHalt = (error: SluiceError) => {
    reason ??= error;
    tell(reason);
  };
  return { halted, haltedBy: () => reason, onHalt };
}
