import type { Backend } from "../backend/backend.ts";
import type { EventLog, LogEntry } from "../backend/event-log.ts";
import type { LoggedEvent } from "../backend/logged-event.ts";
import { EventFilter, type Watched } from "./event-filter.ts";

const PAGE = 100;

/**
 * The events that are still kept of what is watched, oldest first. The log is bounded: of old runs, and of large
 * batches, there is less or nothing.
 */
export async function* keptEvents(backend: Backend, watched: Watched = {}): AsyncGenerator<LoggedEvent> {
  const filter = new EventFilter(backend, watched);
  for await (const entries of keptEntries(backend.events)) yield* await filter.take(entries);
}

/** All entries up to the one that is the newest now; a log that grows as fast as it is read has an end, too. */
export async function* keptEntries(log: EventLog): AsyncGenerator<LogEntry[]> {
  const newest = await log.newest();
  let after: string | null = null;
  while (newest !== null && after !== newest) {
    const entries: LogEntry[] = await log.read(after, PAGE);
    after = entries.at(-1)?.position ?? newest;
    const end = entries.findIndex(({ position }) => position === newest);
    yield end < 0 ? entries : entries.slice(0, end + 1);
    if (end >= 0) return;
  }
}
