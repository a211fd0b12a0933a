import type { Backend } from "../backend/backend.ts";
import { EntryReader } from "../backend/entry-text.ts";
import type { LogEntry } from "../backend/event-log.ts";
import type { LoggedEvent } from "../backend/logged-event.ts";

/** What is watched: one run, or one batch with the runs that joined it, or with neither everything. */
export interface Watched {
  runId?: string | undefined;
  batchId?: string | undefined;
}

/** Runs of other batches of which it is remembered whether they joined the one that is watched. */
const MAX_REMEMBERED = 10_000;

/** Chooses the events that are watched from the entries of the log, each once. */
export class EventFilter {
  readonly #runs: Pick<Backend["runs"], "membersAmong">;
  readonly #watched: Watched;
  readonly #reader = new EntryReader();
  /** Whether a run that was new in another batch is a member of this one. */
  readonly #joined = new Map<string, boolean>();

  constructor({ runs }: { runs: Pick<Backend["runs"], "membersAmong"> }, watched: Watched) {
    this.#runs = runs;
    this.#watched = watched;
  }

  /** The events in entries that follow on those of before. */
  async take(entries: readonly LogEntry[]): Promise<LoggedEvent[]> {
    const { runId, batchId } = this.#watched;
    // Most of a busy log is of no interest to who watches one run: what does not name it is not even parsed.
    const named = runId === undefined ? entries : entries.filter(({ text }) => text.includes(runId));
    const events = named.flatMap(({ text }) => this.#reader.read(text));
    if (runId !== undefined) return events.filter(({ event }) => runIdOf(event) === runId);
    if (batchId === undefined) return events;
    await this.#learn(batchId, events);
    return events.filter(
      (logged) => logged.batchId === batchId || this.#joined.get(runIdOf(logged.event) ?? "") === true,
    );
  }

  async #learn(batchId: string, events: readonly LoggedEvent[]): Promise<void> {
    const foreign = events.filter((logged) => logged.batchId !== batchId);
    const runIds = [...new Set(foreign.flatMap(({ event }) => runIdOf(event) ?? []))];
    const unknown = runIds.filter((runId) => !this.#joined.has(runId));
    if (unknown.length === 0) return;
    // Of a store that is away nothing is learnt now; what is missed so shows in the counts and records.
    const members = await this.#runs.membersAmong(batchId, unknown).catch(() => undefined);
    if (!members) return;
    if (this.#joined.size + unknown.length > MAX_REMEMBERED) this.#joined.clear();
    for (const runId of unknown) this.#joined.set(runId, members.includes(runId));
  }
}

function runIdOf(event: LoggedEvent["event"]): string | undefined {
  return "runId" in event ? event.runId : undefined;
}
