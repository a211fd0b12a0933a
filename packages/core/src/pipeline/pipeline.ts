import type { Schema } from "../shared/schema.ts";
import type { PipelineBody } from "./step.ts";

/** What one run may use. */
export interface RunLimits {
  /** HTTP requests, failed ones included. Default 20. */
  readonly requests: number;
  /** Milliseconds of work from when the run is taken up to its next rest; waits for quota in place count. Default 1 h. */
  readonly wallMs: number;
  /** Bytes of one step's output as JSON. Default 4 MiB. */
  readonly outputBytes: number;
}

/** A finished definition: data, with functions in it. It runs nothing by itself. */
export interface Pipeline<Input, Output> extends PipelineBody {
  readonly description: string | null;
  readonly input: Schema<Input>;
  readonly limits: RunLimits;
  /** Its share of the account's line beside other pipelines. */
  readonly weight: number;
  /** Whether llm steps that follow each other are asked in one request where they do not read each other's output. */
  readonly fuse: boolean;
  /** Changes whenever anything that shapes the results changes: name, version, schemas, prompts, options. */
  readonly fingerprint: string;
  /** For the compiler only: the type of the run's output. Never set. */
  readonly outputType?: Output;
}

/** A pipeline whatever its types: what a registry holds. */
export type AnyPipeline = Pipeline<unknown, unknown>;
