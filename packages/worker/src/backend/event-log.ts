/** Where an entry stands in the log: opaque text, to be handed back. */
export type LogPosition = string;

/** Some events that were written together; see `logged-event.ts` for the text. */
export interface LogEntry {
  position: LogPosition;
  text: string;
}

/** How a log is followed. */
export interface FollowOptions {
  /** Ends the following. */
  signal: AbortSignal;
  /** Told of trouble with the store, again and again while it lasts; the following goes on by itself. Default: ignored. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Entries that a log keeps; older ones go. With {@link MAX_ENTRY_CHARACTERS} it bounds what the store is burdened with. */
export const KEPT_ENTRIES = 2_000;

/** The longest text of an entry, in characters. */
export const MAX_ENTRY_CHARACTERS = 8_192;

/**
 * What happens to all runs, kept for a while and heard by whoever follows, in any process. It is there to be watched:
 * what becomes of a run stands in its record, and nothing may depend on an entry that is lost.
 */
export interface EventLog {
  /**
   * Adds entries in their order, and drops the oldest over {@link KEPT_ENTRIES}, now or a little later.
   *
   * @throws SluiceError BACKEND_UNREACHABLE when it is not known whether they were added.
   */
  append(texts: readonly string[]): Promise<void>;
  /** The entries after a position (null: from the oldest that is kept), oldest first, at most `limit`. */
  read(after: LogPosition | null, limit: number): Promise<LogEntry[]>;
  /** The position of the newest entry; null when there is none. */
  newest(): Promise<LogPosition | null>;
  /**
   * The entries after a position and then those that come, as they come. It survives a store that goes away and comes
   * back, and ends, without an error, when the signal aborts or the backend is closed.
   */
  follow(after: LogPosition | null, options: FollowOptions): AsyncIterable<LogEntry[]>;
}
