import { hashValue } from "../shared/hash.ts";

/** Everything that shapes an answer. Two requests with equal parts may share one. */
export interface CacheKeyParts {
  /** Who answers: an answer of the simulator must never stand in for a real one. */
  server: string;
  messages: unknown;
  schema: unknown;
  task: string;
  models: readonly string[] | null;
  temperature: number;
  maxOutputTokens: number;
}

/** The content address of an answer. */
export function cacheKey(parts: CacheKeyParts): string {
  return hashValue({ v: 1, ...parts });
}
