import type { Clock } from "@sluice/core";

/** How long to wait for the next page, asked before each wait; and what ends it all. */
interface PulseOptions {
  everyMs(): number;
  clock: Clock;
  signal: AbortSignal;
}

/** The pages of a source as they come, and an empty one whenever none came for a while. Ends at once with the signal. */
export async function* withPulse<T>(
  source: AsyncIterable<T[]>,
  { everyMs, clock, signal }: PulseOptions,
): AsyncGenerator<T[]> {
  const pages = source[Symbol.asyncIterator]();
  let next = pages.next();
  try {
    while (!signal.aborted) {
      const page = await firstOf(next, { ms: everyMs(), clock, signal });
      if (signal.aborted) return;
      if (page === undefined) {
        yield [];
        continue;
      }
      if (page.done) return;
      next = pages.next();
      yield page.value;
    }
  } finally {
    // Not waited for: it may be in the middle of a wait for a store that is away.
    next.catch(() => {});
    void pages.return?.().catch(() => {});
  }
}

/** What the work comes to; undefined when it takes longer, or the signal aborts. */
async function firstOf<T>(
  work: Promise<T>,
  { ms, clock, signal }: { ms: number; clock: Clock; signal: AbortSignal },
): Promise<T | undefined> {
  const done = new AbortController();
  const end = () => done.abort();
  signal.addEventListener("abort", end, { once: true });
  const pulse = clock.sleep(ms, done.signal).then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([work, pulse]);
  } finally {
    signal.removeEventListener("abort", end);
    end();
  }
}
