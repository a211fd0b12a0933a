import { setTimeout as sleep } from "node:timers/promises";
import { type Clock, type RunEvent, SECOND_MS, SluiceError } from "@sluice/core";
import { EntryWriter } from "../backend/entry-text.ts";
import type { EventLog } from "../backend/event-log.ts";
import type { LoggedEvent, QueuedEvent } from "../backend/logged-event.ts";
import type { RunRecord } from "../backend/run-record.ts";

/** How long events wait for others to be written with. */
const FLUSH_MS = 100;
/** How long to wait after a write that failed. */
const RETRY_MS = SECOND_MS;
/** Events that wait to be written; further ones are dropped. */
const MAX_PENDING = 5_000;
/** Events written at a time: bounds the size of one command. */
const MAX_WRITTEN = 1_000;
/** Events of one run between two rests of it; a step that says more is not heard out. */
const MAX_OF_RUN = 5_000;
/** How long the last events may delay the close. */
const CLOSE_WAIT_MS = SECOND_MS;

/** Hears the events of one run. */
export type HearRun = (event: RunEvent | QueuedEvent) => void;

/** What a recorder is made with. */
interface RecorderOptions {
  log: Pick<EventLog, "append">;
  clock: Clock;
  onError(error: unknown): void;
}

/**
 * Writes the events of one worker's runs to the log, several with one command. It neither delays nor fails a run: what
 * cannot be written in time is dropped, and told once the log can be written again.
 */
export class EventRecorder {
  readonly #options: RecorderOptions;
  readonly #writer = new EntryWriter();
  #pending: LoggedEvent[] = [];
  /** Entries whose write failed, and may have been done all the same. */
  #unsure: string[] = [];
  #dropped = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** The events that were dropped so far and not told yet. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Hears the events of a run that was taken up. */
  of({ batchId, document: { name: document } }: Pick<RunRecord, "batchId" | "document">): HearRun {
    let count = 0;
    return (event) => {
      count += 1;
      const isOver = count > MAX_OF_RUN && event.type.startsWith("step.");
      if (isOver || this.#isClosed || this.#pending.length >= MAX_PENDING) this.#dropped += 1;
      else this.#pending.push({ at: this.#options.clock.now(), batchId, document, event });
      this.#flushAfter(FLUSH_MS);
    };
  }

  /** Writes what is left, within a second, and takes nothing more. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.race([this.#writeAll(), sleep(CLOSE_WAIT_MS, undefined, { ref: false })]);
  }

  #flushAfter(ms: number): void {
    if (this.#timer !== undefined || this.#flushing || this.#isClosed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, ms);
    this.#timer.unref();
  }

  async #writeAll(): Promise<void> {
    await this.#flushing;
    while (this.#hasMore() && (await this.#write()));
  }

  async #flush(): Promise<void> {
    this.#flushing = this.#write().then((isWritten) => {
      this.#flushing = undefined;
      if (this.#hasMore()) this.#flushAfter(isWritten ? FLUSH_MS : RETRY_MS);
    });
    await this.#flushing;
  }

  #hasMore(): boolean {
    return this.#pending.length + this.#unsure.length > 0;
  }

  /** @returns whether it was written; what was not is written again as it is. */
  async #write(): Promise<boolean> {
    if (this.#unsure.length === 0) this.#unsure = this.#writer.write(this.#pending.splice(0, MAX_WRITTEN));
    try {
      await this.#options.log.append(this.#unsure);
    } catch {
      // The store's own trouble is told by everything else.
      return false;
    }
    this.#unsure = [];
    this.#tellDropped();
    return true;
  }

  #tellDropped(): void {
    const dropped = this.#dropped;
    if (dropped === 0) return;
    this.#dropped = 0;
    this.#options.onError(
      new SluiceError("EVENTS_DROPPED", {
        message:
          `${dropped} events were dropped and are missing in \`sluice watch\` and \`sluice logs\`: the store was away or ` +
          "slow, or a step says more than anybody reads. The runs themselves lost nothing.",
        facts: { dropped },
      }),
    );
  }
}
