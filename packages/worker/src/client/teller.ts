import type { Clock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { EntryWriter } from "../backend/entry-text.ts";
import type { LogEvent, LoggedEvent } from "../backend/logged-event.ts";
import type { BatchRecord, RunRecord } from "../backend/run-record.ts";

/** Runs that one call tells of one by one; of the others those who watch learn from the counts and the records. */
const MAX_TOLD = 500;

/**
 * Tells those who watch what a client did. It never fails: the change itself stands in the records, where whoever missed
 * an event finds it.
 */
export class Teller {
  readonly #backend: Pick<Backend, "events">;
  readonly #clock: Clock;
  readonly #writer = new EntryWriter();
  #left = MAX_TOLD;

  constructor(backend: Pick<Backend, "events">, clock: Clock) {
    this.#backend = backend;
    this.#clock = clock;
  }

  /** Tells the same of several runs. */
  async tell(runs: readonly RunRecord[], eventOf: (run: RunRecord) => LogEvent): Promise<void> {
    const told = runs.slice(0, this.#left);
    this.#left -= told.length;
    const at = this.#clock.now();
    await this.#append(
      told.map((run) => ({ at, batchId: run.batchId, document: run.document.name, event: eventOf(run) })),
    );
  }

  /** Tells that runs were enqueued, all of them with one event. */
  async tellEnqueued({ id, pipeline, version }: BatchRecord, runs: number): Promise<void> {
    const event = { type: "batch.enqueued", pipeline, version, runs } as const;
    await this.#append([{ at: this.#clock.now(), batchId: id, document: "", event }]);
  }

  async #append(events: readonly LoggedEvent[]): Promise<void> {
    if (events.length === 0) return;
    await this.#backend.events.append(this.#writer.write(events)).catch(() => {});
  }
}
