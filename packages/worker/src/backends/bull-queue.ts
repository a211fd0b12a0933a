import type { ConsumeOptions, Consumer, RunQueue } from "../backend/run-queue.ts";
import { type OpenWorker, openConsumer } from "./bull-consumer.ts";
import { jobIdOf } from "./bull-settings.ts";

/** Jobs per command: bounds the size of one script call. */
const ADD_CHUNK = 500;

/** What is used of BullMQ's Queue. */
interface JobQueue {
  addBulk(jobs: { name: string; data: object; opts: { jobId: string } }[]): Promise<unknown>;
  getJobState(jobId: string): Promise<string>;
  remove(jobId: string): Promise<number>;
}

/** What a backend gives the queue. */
interface BullQueueParts {
  queue: JobQueue;
  openWorker: OpenWorker;
  /** Runs a command and translates what the driver throws. */
  guard<T>(command: () => Promise<T>): Promise<T>;
}

/** The queue of runs on BullMQ, the same for every store that BullMQ can stand on. */
export class BullQueue implements RunQueue {
  readonly #parts: BullQueueParts;

  constructor(parts: BullQueueParts) {
    this.#parts = parts;
  }

  async add(runIds: readonly string[]): Promise<void> {
    const { queue, guard } = this.#parts;
    for (let start = 0; start < runIds.length; start += ADD_CHUNK) {
      const chunk = runIds.slice(start, start + ADD_CHUNK);
      const jobs = chunk.map((runId) => ({ name: "run", data: {}, opts: { jobId: jobIdOf(runId) } }));
      await guard(() => queue.addBulk(jobs));
    }
  }

  async remove(runId: string): Promise<boolean> {
    const { queue, guard } = this.#parts;
    const jobId = jobIdOf(runId);
    // BullMQ answers 1 also for a job that does not exist.
    const state = await guard(() => queue.getJobState(jobId));
    if (state === "unknown" || state === "active") return false;
    return (await guard(() => queue.remove(jobId))) === 1;
  }

  consume(options: ConsumeOptions): Promise<Consumer> {
    return openConsumer(options, this.#parts.openWorker);
  }
}
