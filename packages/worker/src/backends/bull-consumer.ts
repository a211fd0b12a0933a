import { SluiceError } from "@sluice/core";
import type { ConsumeOptions, Consumer, Disposition } from "../backend/run-queue.ts";
import { type JobProcessor, leaveJob, moveJob, type RunJob } from "./bull-job.ts";
import { runIdOf } from "./bull-settings.ts";
import { quietly } from "./error-reporter.ts";
import { within } from "./within.ts";

/** A run whose processing threw comes back after this long, so that a lasting fault does not spin. */
const THROWN_PAUSE_MS = 1_000;
/** How long an aborted run may take to return before the consumer lets go of it. */
const ABORT_WAIT_MS = 1_000;
/** How long BullMQ may take to let go of its connections; without a store it would wait for ever. */
const RELEASE_WAIT_MS = 2_000;

const REQUEUE: Disposition = { kind: "requeue" };

/** What is used of BullMQ's Worker. */
interface JobWorker {
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "completed", listener: (job: RunJob) => void): unknown;
  on(event: "lockRenewalFailed", listener: (jobIds: string[]) => void): unknown;
  waitUntilReady(): Promise<unknown>;
  run(): Promise<void>;
  isRunning(): boolean;
  pause(doNotWaitActive: boolean): Promise<void>;
  /** Also starts one that was never run. */
  resume(): Promise<void>;
  close(force?: boolean): Promise<void>;
}

/** A worker of BullMQ and the connection under it. */
interface WorkerHandle {
  worker: JobWorker;
  /** False while the store is away: BullMQ must then be closed by force, or it waits for ever. */
  isReady(): boolean;
  /** Drops the connection that was opened for this worker. */
  release(): void;
}

/** Starts a worker of BullMQ on a backend's own connection. */
export type OpenWorker = (options: {
  processor: JobProcessor;
  concurrency: number;
  onError(error: unknown): void;
}) => Promise<WorkerHandle>;

/** Starts to take runs; resolves when the consumer is connected. */
export async function openConsumer(options: ConsumeOptions, openWorker: OpenWorker): Promise<Consumer> {
  const desk = new RunDesk(options);
  const reportTrouble = quietly((error) => options.onError(error));
  const handle = await openWorker({
    processor: (job, token) => desk.take(job, token),
    concurrency: options.concurrency,
    onError: reportTrouble,
  });
  handle.worker.on("error", reportTrouble);
  handle.worker.on("lockRenewalFailed", (jobIds) => {
    for (const jobId of jobIds) desk.lose(jobId);
  });
  handle.worker.on("completed", (job) => desk.release(job));
  await handle.worker.waitUntilReady();
  if (options.startsPaused) desk.stopTaking();
  else void handle.worker.run().catch(reportTrouble);
  let closed: Promise<void> | undefined;
  return {
    pause: () => {
      desk.stopTaking();
      return handle.worker.pause(true);
    },
    resume: async () => {
      if (closed) return;
      desk.takeAgain();
      await handle.worker.resume();
      // BullMQ does not start again when it is told in the moment in which its loop ends.
      if (!handle.worker.isRunning()) await handle.worker.resume();
    },
    close: (graceMs) => {
      closed ??= closeConsumer(desk, handle, graceMs);
      return closed;
    },
  };
}

async function closeConsumer(desk: RunDesk, handle: WorkerHandle, graceMs: number): Promise<void> {
  desk.stopTaking();
  const gentle = handle.isReady() ? handle.worker.close() : undefined;
  await within(desk.idle(), graceMs);
  desk.abortAll();
  await within(desk.idle(), ABORT_WAIT_MS);
  desk.letGoOfAll();
  await within(desk.idle(), ABORT_WAIT_MS);
  await within(gentle ?? handle.worker.close(true), RELEASE_WAIT_MS);
  await within(desk.idle(), ABORT_WAIT_MS);
  handle.release();
}

/** A run at work. */
class Work {
  readonly job: RunJob;
  /** True when another consumer has the run: its job must not be touched any more. */
  isLost = false;
  /** Ends the wait for a run that does not react to its signal. */
  letGo: () => void = () => {};
  readonly #abort = new AbortController();

  constructor(job: RunJob) {
    this.job = job;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  readonly stop = (reason: unknown): void => this.#abort.abort(reason);
}

/** The runs at work in one consumer. */
class RunDesk {
  readonly report: (error: unknown) => void;
  readonly #process: ConsumeOptions["process"];
  readonly #onReleased: (runId: string) => Promise<void>;
  readonly #works = new Map<Work, Promise<boolean>>();
  /** The latest work on each job: a run may be taken again while a lost piece of work on it has not ended yet. */
  readonly #byJob = new Map<string, Work>();
  readonly #releases = new Set<Promise<void>>();
  #taking = true;

  constructor(options: ConsumeOptions) {
    this.#process = (runId, signal, stop) => options.process(runId, signal, stop);
    this.#onReleased = async (runId) => options.onReleased?.(runId);
    this.report = (error) => options.onError(error);
  }

  /** BullMQ's processor: returns when the job is finished, throws {@link leaveJob} when it is to be left alone. */
  async take(job: RunJob, token?: string): Promise<void> {
    const work = new Work(job);
    const jobId = job.id ?? "";
    this.#byJob.set(jobId, work);
    const finished = this.#finish(work, token);
    this.#works.set(work, finished);
    const isDone = await finished;
    this.#works.delete(work);
    if (this.#byJob.get(jobId) === work) this.#byJob.delete(jobId);
    if (!isDone) leaveJob();
  }

  /** The lock of a job ran out: another consumer has it, or will have. */
  lose(jobId: string): void {
    const work = this.#byJob.get(jobId);
    if (!work) return;
    work.isLost = true;
    work.stop(new Error("The run was lost to another consumer."));
  }

  /** A job has left the queue, or is parked in it. Whoever is told is waited for like a run at work. */
  release(job: RunJob): void {
    const told = this.#onReleased(runIdOf(job.id ?? "")).catch(this.report);
    this.#releases.add(told);
    void told.finally(() => this.#releases.delete(told));
  }

  /** A job that BullMQ was just fetching is given back. */
  stopTaking(): void {
    this.#taking = false;
  }

  takeAgain(): void {
    this.#taking = true;
  }

  abortAll(): void {
    for (const work of this.#works.keys()) work.stop(stopping());
  }

  letGoOfAll(): void {
    for (const work of this.#works.keys()) work.letGo();
  }

  async idle(): Promise<void> {
    await Promise.allSettled([...this.#works.values(), ...this.#releases]);
  }

  /** @returns whether the job is finished. */
  async #finish(work: Work, token: string | undefined): Promise<boolean> {
    const decided = this.#taking ? await this.#decide(work) : REQUEUE;
    return this.#settle(work, token, decided);
  }

  async #decide(work: Work): Promise<Disposition> {
    try {
      return await new Promise<Disposition>((resolve, reject) => {
        work.letGo = () => resolve(REQUEUE);
        this.#process(runIdOf(work.job.id ?? ""), work.signal, work.stop).then(resolve, reject);
      });
    } catch (error) {
      this.report(error);
      return { kind: "park", until: Date.now() + THROWN_PAUSE_MS };
    }
  }

  /** A move that fails leaves the job to its lock, which runs out: the run comes back and is never lost. */
  async #settle({ job, isLost }: Work, token: string | undefined, decided: Disposition): Promise<boolean> {
    if (isLost) return false;
    if (decided.kind === "done") return true;
    try {
      await moveJob(job, token, decided);
      if (decided.kind === "park") this.release(job);
      return false;
    } catch (error) {
      this.report(error);
      return false;
    }
  }
}

function stopping(): SluiceError {
  return new SluiceError("SHUTDOWN", {
    message: "The worker is stopping; the run goes on in another one, or later.",
  });
}
