import { type CatalogueModel, isFree, type Pricing, providerOf } from "./catalogue.ts";
import type { ItemFault } from "./packs/pack-faults.ts";

/** One model that a request was routed to, or would have been. */
export interface Attempt {
  /** Catalogue id; of the free router the model it picked, once it has. */
  model: string;
  readonly provider: string;
  /** What the model cost at that moment; null when its price is unknown. */
  readonly pricing: Pricing | null;
  readonly free: boolean;
  /** False when routing or a limit refused the request before any provider saw it. */
  reachedProvider: boolean;
  /** HTTP status of this model's answer or refusal; 0 when there was none. */
  status: number;
}

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
  /** Tells the keys apart without showing them: the beginning of the key's SHA-256 in hex. */
  key?: string;
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
  /** What happened to single items of a packed request, by id: drawn by `packs`, or the fault that was played. */
  itemFaults?: Record<string, ItemFault>;
  /** True when the request was counted against the daily quota. */
  counted: boolean;
  /** How often it was counted: more than once only when each model of a `models` array is. */
  charges: number;
  /** The models that a chat completion or a request for embeddings tried, in order. */
  attempts?: Attempt[];
  /** Catalogue id of the model that answered. */
  servedModel?: string;
  /** True when the client went away before the answer was complete. */
  aborted?: boolean;
}

/** All requests in order of arrival. The array grows while the simulator runs. */
export type Journal = readonly JournalEntry[];

/** Adds an attempt to an entry before its outcome is known. */
export function openAttempt(entry: JournalEntry, model: CatalogueModel): Attempt {
  const attempt: Attempt = {
    model: model.id,
    provider: providerOf(model),
    pricing: model.pricing ?? null,
    free: isFree(model),
    reachedProvider: false,
    status: 0,
  };
  entry.attempts = [...(entry.attempts ?? []), attempt];
  return attempt;
}
