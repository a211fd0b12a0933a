import type { z } from "zod";
import type { Step, StepView } from "./step.ts";

/** A step in its place, with the types of its neighbours forgotten: what the executor works on. */
export interface NamedStep {
  readonly name: string;
  readonly step: Step<StepView<unknown, unknown>, unknown>;
}

/** A finished definition: data, with functions in it. It runs nothing by itself. */
export interface Pipeline<Input, Output> {
  readonly name: string;
  readonly version: number;
  readonly description: string | null;
  readonly input: z.ZodType<Input>;
  readonly steps: readonly NamedStep[];
  /** Null when the last step's output is the run's. */
  readonly makeOutput: ((view: StepView<unknown, unknown>) => unknown) | null;
  /** Changes whenever anything that shapes the results changes: name, version, schemas, prompts, options. */
  readonly fingerprint: string;
  /** For the compiler only: the type of the run's output. Never set. */
  readonly outputType?: Output;
}

/** A pipeline whatever its types: what a registry holds. */
export type AnyPipeline = Pipeline<unknown, unknown>;
