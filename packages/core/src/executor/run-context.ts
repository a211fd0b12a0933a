import type { ModelLayer } from "../models/model-layer.ts";
import type { CallContext, ModelAnswer } from "../models/model-request.ts";
import type { AnyView, Block, NamedStep } from "../pipeline/step.ts";
import type { Clock } from "../shared/clock.ts";
import type { OnRunEvent } from "./events.ts";
import type { Interrupt } from "./interrupt.ts";
import type { StepOutputs } from "./step-outputs.ts";

/** The document that a run works on. */
export interface RunDocumentName {
  id: string | null;
  name: string;
}

/** What all steps of one execution share. */
export interface RunContext {
  readonly runId: string;
  readonly document: RunDocumentName | undefined;
  readonly models: ModelLayer;
  readonly outputs: StepOutputs;
  readonly clock: Clock;
  /** Aborts when the run is cancelled, the worker stops, or the run's time is over. */
  readonly interrupt: Interrupt;
  readonly emit: OnRunEvent;
  /** Longest wait in place, in milliseconds. */
  readonly maxWaitMs: number;
  /** Steps that follow each other and do not read each other's output are asked in one request. */
  readonly fuses: boolean;
  /** Answers that came with those of other steps, by the paths of steps that have not run yet. */
  readonly prepared: Map<string, ModelAnswer<unknown>>;
  /** Who asks models: meter, fair share, freshness. */
  readonly call: Omit<CallContext, "signal" | "onAttempt" | "onPacked" | "onToken">;
}

/** Where a step stands, and what it is run with. */
export interface StepAt {
  /** Names of the steps from the outermost in, and the numbers of items and rounds: `notes/3/note`. */
  readonly path: string;
  readonly view: AnyView;
  readonly run: RunContext;
  /** Its name in its block, and the steps that come after it there; absent outside one. */
  readonly name?: string | undefined;
  readonly following?: readonly NamedStep[] | undefined;
  /** Runs a block inside this step; `prefix` is its path, with a slash at the end. */
  readonly runBlock: RunBlock;
}

/** Where a question stands, and what its author's functions see: all that it takes to know what is asked. */
export type QuestionAt = Pick<StepAt, "path" | "view">;

/** Runs the steps of a block in order. */
export type RunBlock = (
  block: Block,
  at: { prefix: string; view: AnyView; run: RunContext },
) => Promise<BlockResult>;

/** What a block gave. */
export interface BlockResult {
  /** The last step's output. */
  output: unknown;
  /** The outputs of its steps, and of those that it could see. */
  steps: Record<string, unknown>;
}

/** What a step gave, and whether cached answers gave it. */
export interface StepResult {
  output: unknown;
  cached: boolean;
}
