/**
 * Answers that were already bought, by a key made from everything that shaped them (see `cache-key.ts`).
 *
 * Only good answers are stored. A cache that fails is a miss, never an error of the run.
 */
export interface ResponseCache {
  /** The stored text, or undefined when there is none or it is over its age. */
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
}

/** How long an answer is kept: 30 days. */
export const CACHE_TTL_MS = 30 * 24 * 3_600_000;
