import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import type { ModelLayer } from "../models/model-layer.ts";
import type { Clock } from "../shared/clock.ts";
import type { OnRunEvent } from "./events.ts";

/** What runs are executed with. */
export interface Runtime {
  /** Asks models for all llm and agent steps, for example `openRouter({ apiKey })`. */
  models: ModelLayer;
  /** Where outputs of steps are recorded, so that a run can be resumed. Default: nowhere. */
  checkpoints?: CheckpointStore | undefined;
  onEvent?: OnRunEvent | undefined;
  /** Longest wait for a permit, or of a sleep step, in place, in milliseconds (default 60,000); beyond it the run parks. */
  maxWaitMs?: number | undefined;
  clock?: Clock | undefined;
}
