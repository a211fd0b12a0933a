import type { ConsumeOptions, Consumer, QueueEntry, RunQueue } from "../backend/run-queue.ts";

/** A queue that is opened at its first use: commands that only read runs never load BullMQ. */
export class LazyQueue implements RunQueue {
  readonly #open: () => Promise<RunQueue>;
  #opened: Promise<RunQueue> | undefined;

  constructor(open: () => Promise<RunQueue>) {
    this.#open = open;
  }

  async add(runs: readonly (string | QueueEntry)[]): Promise<void> {
    await (await this.#queue()).add(runs);
  }

  async missing(runIds: readonly string[]): Promise<string[]> {
    return (await this.#queue()).missing(runIds);
  }

  async remove(runId: string): Promise<boolean> {
    return (await this.#queue()).remove(runId);
  }

  async pause(): Promise<void> {
    await (await this.#queue()).pause();
  }

  async resume(): Promise<void> {
    await (await this.#queue()).resume();
  }

  async isPaused(): Promise<boolean> {
    return (await this.#queue()).isPaused();
  }

  async consume(options: ConsumeOptions): Promise<Consumer> {
    return (await this.#queue()).consume(options);
  }

  #queue(): Promise<RunQueue> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }
}
