import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { ModelLayer } from "../models/model-layer.ts";
import type { OnRunEvent } from "./events.ts";

/** What runs are executed with. */
export interface Runtime {
  /** Asks models for all llm steps, for example `openRouter({ apiKey })`. */
  models: ModelLayer;
  /** Where outputs of steps are recorded; default in memory. */
  checkpoints?: CheckpointStore | undefined;
  onEvent?: OnRunEvent | undefined;
  /** Longest wait for a permit in place, in milliseconds (default 60,000); beyond it the run parks. */
  maxWaitMs?: number | undefined;
}
