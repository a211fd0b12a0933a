import type { ModelLayer } from "../models/model-layer.ts";
import type { AccountOutlook } from "../models/outlook.ts";
import type { AnyPipeline } from "../pipeline/pipeline.ts";
import type { Ask } from "./foreseen-desk.ts";
import type { TooLong } from "./plan.ts";

/** What a plan is made for. */
export interface PlanTerms {
  pipeline: AnyPipeline;
  /** Tells the answers that were bought before; no model is asked. */
  models: Pick<ModelLayer, "recall">;
  outlook: AccountOutlook;
  /** Runs at work at the same time. */
  concurrency: number;
  /** Ask anew, whatever was answered before. Default false. */
  fresh?: boolean | undefined;
}

/** What was counted of a batch so far. */
export interface Tally {
  documents: {
    total: number;
    failed: Map<string, number>;
    completed: number;
    underWay: number;
    unique: number;
  };
  /** Of each run its questions; those without any are left out. */
  runs: Ask[][];
  /** Answers that need no request, by step. */
  cached: Map<string, number>;
  /** Steps with questions whose text is not known. */
  estimated: Set<string>;
  /** Steps that are asked together with another one, which is this. */
  fusedWith: Map<string, string>;
  /** How many questions of such a step go along, by step. */
  fused: Map<string, number>;
  tooLong: { total: number; first: Array<TooLong["first"][number]> };
}
