import { type OpenRouter, type SluiceError, systemClock } from "@sluice/core";
import {
  type Backend,
  type Registry,
  type Retention,
  startWorker,
  type TickerOptions,
  type WorkerObserver,
} from "@sluice/worker";
import { clockTime } from "../render/time.ts";
import { createPauseNotice } from "./pause-notice.ts";
import type { Reporter } from "./reporter.ts";
import { PATIENCE_MS, type Rest, type Workload } from "./rest.ts";

/** What runs are worked off with. */
export interface WorkOptions {
  backend: Backend;
  registry: Registry;
  router: OpenRouter;
  concurrency: number;
  /** With it ticks of schedules are taken, too. */
  schedules?: TickerOptions | undefined;
  retention?: Retention | undefined;
  reporter: Reporter;
  /** Hears what the worker does, too. */
  observer?: WorkerObserver | undefined;
  /** What is typed for this program. */
  program: string;
  /** Stops the work; what is at work then has some seconds to finish. */
  signal: AbortSignal;
  /** Asked several times a second; the work ends when it answers. */
  lookAround(worker: Workload): Promise<Rest | undefined>;
}

/** How the work ended. */
export type WorkEnd = Rest | { kind: "interrupted" } | { kind: "halted"; error: SluiceError };

const LOOK_MS = 200;

/** Works off runs in this process until there is a reason to stop, and closes the worker. */
export async function workOff(options: WorkOptions): Promise<WorkEnd> {
  const { reporter, signal } = options;
  if (signal.aborted) return { kind: "interrupted" };
  await using worker = await startWorker({
    backend: options.backend,
    registry: options.registry,
    models: options.router,
    ledger: options.router.ledger,
    concurrency: options.concurrency,
    schedules: options.schedules,
    retention: options.retention,
    observer: options.observer,
    onEvent: (event) => reporter.onEvent(event),
    onError: (error) => reporter.onError(error),
    sync: () => options.router.syncQuota(),
  });
  const done = new AbortController();
  try {
    return await Promise.race([
      worker.halted.then((error): WorkEnd => ({ kind: "halted", error })),
      interrupted(signal, done.signal),
      lookUntilRest(options, worker, done.signal),
    ]);
  } finally {
    done.abort();
    if (signal.aborted)
      reporter.say("Stopping: runs at work get 10 s to finish; Ctrl-C again stops at once.");
  }
}

async function lookUntilRest(
  { backend, lookAround, reporter, program }: WorkOptions,
  worker: Workload,
  done: AbortSignal,
): Promise<WorkEnd> {
  const tellOfPauses = createPauseNotice(backend, reporter, program);
  let saidUntil = 0;
  while (!done.aborted) {
    const rest = await lookAround(worker);
    if (rest) return rest;
    await tellOfPauses();
    const until = worker.closed?.until ?? 0;
    if (until > Math.max(Date.now(), saidUntil) + PATIENCE_MS) {
      saidUntil = until;
      reporter.say(`No free request is left until ${clockTime(until)}; runs stay in the queue until then.`);
    }
    await systemClock.sleep(LOOK_MS, done).catch(() => {});
  }
  return { kind: "interrupted" };
}

function interrupted(signal: AbortSignal, done: AbortSignal): Promise<WorkEnd> {
  return new Promise((resolve) => {
    const end = () => resolve({ kind: "interrupted" });
    signal.addEventListener("abort", end, { once: true, signal: done });
    // While the worker was starting.
    if (signal.aborted) end();
  });
}
