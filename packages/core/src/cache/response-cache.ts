/**
 * Answers that were already bought, by a key made from everything that shaped them (see `cache-key.ts`).
 *
 * Only good answers are stored. A cache that fails is a miss, never an error of the run.
 */
export interface ResponseCache {
  /** The stored text, or undefined when there is none or it is over its age. */
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  /**
   * Says that the caller is about to buy this answer, so that nobody else buys it meanwhile. False when somebody has
   * said so before, and has neither released it nor let `forMs` milliseconds pass.
   */
  claim(key: string, forMs: number): Promise<boolean>;
  /** Ends a claim of one's own: the answer is stored, or could not be had. */
  release(key: string): Promise<void>;
}

/** How long an answer is kept: 30 days. */
export const CACHE_TTL_MS = 30 * 24 * 3_600_000;

/** The longest answer that is kept, in characters: larger ones are rare, and would crowd out many small ones. */
export const MAX_CACHED_CHARS = 256 * 1024;
