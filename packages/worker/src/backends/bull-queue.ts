import type { ConsumeOptions, Consumer, QueueEntry, RunQueue } from "../backend/run-queue.ts";
import { type OpenWorker, openConsumer } from "./bull-consumer.ts";
import { jobIdOf, priorityOf } from "./bull-settings.ts";

/** Jobs per look or command: bounds the size of one script call. */
const ADD_CHUNK = 500;

interface NewJob {
  name: string;
  data: object;
  opts: { jobId: string; priority: number; delay: number };
}

/** What is used of BullMQ's Queue. */
interface JobQueue {
  addBulk(jobs: NewJob[]): Promise<unknown>;
  getJobState(jobId: string): Promise<string>;
  remove(jobId: string): Promise<number>;
  pause(): Promise<void>;
  resume(): Promise<void>;
  isPaused(): Promise<boolean>;
}

/** What a backend gives the queue. */
interface BullQueueParts {
  queue: JobQueue;
  openWorker: OpenWorker;
  /** Those of the jobs that there are, waiting or at work; one look however many they are. */
  presentJobs(jobIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Runs a command and translates what the driver throws. */
  guard<T>(command: () => Promise<T>): Promise<T>;
}

/** The queue of runs on BullMQ, the same for every store that BullMQ can stand on. */
export class BullQueue implements RunQueue {
  readonly #parts: BullQueueParts;

  constructor(parts: BullQueueParts) {
    this.#parts = parts;
  }

  async add(runs: readonly (string | QueueEntry)[]): Promise<void> {
    const { queue, guard } = this.#parts;
    for (let start = 0; start < runs.length; start += ADD_CHUNK) {
      const now = Date.now();
      const jobs = runs.slice(start, start + ADD_CHUNK).map((run) => jobOf(run, now));
      await guard(() => queue.addBulk(jobs));
    }
  }

  async missing(runIds: readonly string[]): Promise<string[]> {
    const missing: string[] = [];
    for (let start = 0; start < runIds.length; start += ADD_CHUNK) {
      const chunk = runIds.slice(start, start + ADD_CHUNK);
      const present = await this.#parts.presentJobs(chunk.map(jobIdOf));
      missing.push(...chunk.filter((runId) => !present.has(jobIdOf(runId))));
    }
    return missing;
  }

  async remove(runId: string): Promise<boolean> {
    const { queue, guard } = this.#parts;
    const jobId = jobIdOf(runId);
    // BullMQ answers 1 also for a job that does not exist.
    const state = await guard(() => queue.getJobState(jobId));
    if (state === "unknown" || state === "active") return false;
    return (await guard(() => queue.remove(jobId))) === 1;
  }

  pause(): Promise<void> {
    const { queue, guard } = this.#parts;
    return guard(() => queue.pause());
  }

  resume(): Promise<void> {
    const { queue, guard } = this.#parts;
    return guard(() => queue.resume());
  }

  isPaused(): Promise<boolean> {
    const { queue, guard } = this.#parts;
    return guard(() => queue.isPaused());
  }

  consume(options: ConsumeOptions): Promise<Consumer> {
    return openConsumer(options, this.#parts.openWorker);
  }
}

function jobOf(run: string | QueueEntry, now: number): NewJob {
  const {
    id,
    priority = "normal",
    notBefore = now,
  }: QueueEntry = typeof run === "string" ? { id: run } : run;
  // PostgreSQL takes no fractions.
  const delay = Math.max(0, Math.ceil(notBefore - now));
  return { name: "run", data: {}, opts: { jobId: jobIdOf(id), priority: priorityOf[priority], delay } };
}
