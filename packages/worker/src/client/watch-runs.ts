import { type Clock, SECOND_MS, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { LogPosition } from "../backend/event-log.ts";
import type { LoggedEvent } from "../backend/logged-event.ts";
import { isEnd } from "./end-of-run.ts";
import { EventFilter, type Watched } from "./event-filter.ts";
import { type Finish, finishOf } from "./finish.ts";
import { keptEntries } from "./kept-events.ts";
import { withPulse } from "./with-pulse.ts";

/** How runs are watched. */
export interface WatchOptions {
  /**
   * `kept`: first the events that are still kept. With a position, as `backend.events.newest()` gives it: those after it.
   * Default `now`: only those that come.
   */
  from?: "now" | "kept" | { after: LogPosition | null } | undefined;
  /** Ends the watch, without an error. */
  signal?: AbortSignal | undefined;
  /** Told of trouble with the store, again and again while it lasts; the watch goes on. Default: ignored. */
  onError?: ((error: unknown) => void) | undefined;
  clock?: Clock | undefined;
}

/** How often the records are looked at when no event comes, and at most when many do. */
const LOOK_MS = 2 * SECOND_MS;
const SOON_MS = 200;
/** How long the last events of a worker may take after what it recorded: it writes several times a second. */
const LATE_MS = SECOND_MS;

/**
 * The events of a run, of a batch with the runs that joined it, or of everything, as they happen in any process.
 *
 * It ends when the run or batch is finished, and tells the end of each run also when its event was lost, as by a worker
 * that was killed: events only make it quick, the records and counts decide. The watch of everything ends with the signal.
 * It survives a store that goes away and comes back.
 *
 * ```ts
 * for await (const { at, document, event } of watchRuns(backend, { batchId })) console.log(document, event.type);
 * ```
 *
 * @throws SluiceError BACKEND_UNREACHABLE when the store is away at the beginning.
 */
export async function* watchRuns(
  backend: Backend,
  watched: Watched,
  options: WatchOptions = {},
): AsyncGenerator<LoggedEvent> {
  const { from = "now", signal, clock = systemClock } = options;
  const end = new AbortController();
  const stop = signal ? AbortSignal.any([signal, end.signal]) : end.signal;
  const filter = new EventFilter(backend, watched);
  try {
    let position = typeof from === "object" ? from.after : await backend.events.newest();
    const finish = finishOf(backend, watched, clock);
    if (from === "kept") {
      for await (const entries of keptEntries(backend.events)) {
        position = entries.at(-1)?.position ?? position;
        for (const event of await filter.take(entries)) {
          finish.note(event);
          yield event;
        }
      }
    }
    // First the place in the log, then the look at the records: nothing falls between. Who asks for what is kept knows
    // nothing yet.
    if (from !== "kept") await finish.begin();
    yield* live({ backend, filter, finish, position, stop, clock, options });
  } finally {
    end.abort();
  }
}

interface Live {
  backend: Backend;
  filter: EventFilter;
  finish: Finish;
  position: LogPosition | null;
  stop: AbortSignal;
  clock: Clock;
  options: WatchOptions;
}

async function* live({ backend, filter, finish, position, stop, clock, options }: Live) {
  const { onError = () => {} } = options;
  const look = new Look(finish, { clock, onError });
  if (await look.isOver(true)) return yield* finish.missing();
  const entries = backend.events.follow(position, { signal: stop, onError });
  const pulse = { everyMs: () => look.waitMs, clock, signal: stop };
  for await (const page of withPulse(entries, pulse)) {
    const events = await filter.take(page);
    for (const event of events) {
      finish.note(event);
      yield event;
    }
    const isCause = page.length === 0 || events.some(({ event }) => isEnd(event));
    if (await look.isOver(isCause)) return yield* finish.missing();
  }
}

/** Looks at the records whether the end is reached: when there is a cause, and not too often. */
class Look {
  readonly #finish: Finish;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #hasCause = false;
  #lookAgainAt = 0;
  #reachedAt: number | undefined;

  constructor(finish: Finish, { clock, onError }: { clock: Clock; onError(error: unknown): void }) {
    this.#finish = finish;
    this.#clock = clock;
    this.#onError = onError;
  }

  /** How long to wait for events before the next look. */
  get waitMs(): number {
    return this.#hasCause || this.#reachedAt !== undefined ? SOON_MS : LOOK_MS;
  }

  /** Whether it is finished, and nothing more is to be heard of it. */
  async isOver(hasCause: boolean): Promise<boolean> {
    this.#hasCause ||= hasCause;
    const now = this.#clock.now();
    if (!this.#hasCause || now < this.#lookAgainAt) return false;
    this.#lookAgainAt = now + SOON_MS;
    this.#hasCause = false;
    // A store that is away says nothing; it is asked again.
    const isReached = await this.#finish.isReached().catch(this.#onError);
    if (!isReached) this.#reachedAt = undefined;
    else this.#reachedAt ??= now;
    if (this.#reachedAt === undefined) return false;
    this.#hasCause = true;
    return this.#finish.isHeard() || now >= this.#reachedAt + LATE_MS;
  }
}
