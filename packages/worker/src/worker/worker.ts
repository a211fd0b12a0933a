import {
  type Clock,
  MINUTE_MS,
  type ModelLayer,
  type OnRunEvent,
  type SluiceError,
  systemClock,
} from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { processRun } from "./process-run.ts";
import { reconcile } from "./reconcile.ts";
import type { Registry } from "./registry.ts";
import { takeUpWoken } from "./rest-waiting.ts";

/** What a worker is started with. */
export interface WorkerOptions {
  backend: Backend;
  registry: Registry;
  /** Asks models for all runs, for example `openRouter({ apiKey, ledger, cache })`. */
  models: ModelLayer;
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
  const {
    backend,
    registry,
    models,
    concurrency = 8,
    onEvent = () => {},
    onError = () => {},
    clock = systemClock,
  } = options;
  const { promise: halted, resolve: onHalt } = withResolver<SluiceError>();
  const stopSyncing = startSyncing(options, onError);
  await reconcile(backend, clock.now());
  const consumer = await backend.queue.consume({
    concurrency,
    process: (runId, signal) =>
      processRun(runId, signal, { backend, registry, models, clock, onEvent, onHalt }),
    onReleased: (runId) => takeUpWoken(backend, runId),
    onError,
  });
  let closing: Promise<void> | undefined;
  const close = (graceMs = GRACE_MS) => {
    stopSyncing();
    closing ??= consumer.close(graceMs);
    return closing;
  };
  void halted.then(() => close());
  return { halted, close, [Symbol.asyncDispose]: () => close() };
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
