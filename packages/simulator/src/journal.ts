/** One HTTP request as the simulator saw it. */
export interface JournalEntry {
  /** Arrival, epoch ms of the simulator's clock. */
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** HTTP status sent; 0 while the request is under way and when no status was ever sent. */
  status: number;
  /** False when no route answers this method and path. */
  known: boolean;
  /** The `model` asked for. */
  model?: string;
  /** The `models` asked for. */
  models?: string[];
  /** The parsed request body; absent when bodies are not kept. */
  body?: unknown;
  /** Estimated prompt tokens (characters / 4). */
  promptTokens?: number;
  /** Kind of the last fault that was played. */
  fault?: string;
  /** True when the request was counted against the daily quota. */
  counted: boolean;
  /** How often it was counted: more than once only when each model of a `models` array is. */
  charges: number;
  /** Catalogue id of the model that answered. */
  servedModel?: string;
  /** True when the client went away before the answer was complete. */
  aborted?: boolean;
}

/** All requests in order of arrival. The array grows while the simulator runs. */
export type Journal = readonly JournalEntry[];
