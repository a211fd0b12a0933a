import { HOUR_MS } from "../shared/duration.ts";
import type { Schema } from "../shared/schema.ts";
import type { FreshName, Shown } from "./block.ts";
import { checkHead, checkStep } from "./check-definition.ts";
import { pipelineFingerprint } from "./fingerprint.ts";
import type { Pipeline, RunLimits } from "./pipeline.ts";
import { type NamedStep, type OfView, ofView, type Step } from "./step.ts";

/** What a pipeline begins with. */
export interface PipelineHead<Input> {
  /** Names the pipeline on the command line: letters, digits, `-` and `_`, at most 64. */
  name: string;
  /** Raise it whenever a change should not be mixed with runs of the old definition. A whole number from 1. */
  version: number;
  /** One sentence for `sluice pipelines`. */
  description?: string | undefined;
  /** What one run works on. A loaded document has `text`, `name` and more; see `documentSchema`. */
  input: Schema<Input>;
  /** What one run may use; see {@link RunLimits} for the defaults. */
  limits?: { [Limit in keyof RunLimits]?: RunLimits[Limit] | undefined } | undefined;
  /** Its share of the account's line beside other pipelines: 2 gets twice as much as 1. From 0.01 to 100, default 1. */
  weight?: number | undefined;
  /**
   * Asks llm steps that follow each other in one request where they are about the same document and none reads the
   * other's output. Each answer is validated as its own step's; one that fails is asked again alone. Default false.
   */
  fuse?: boolean | undefined;
}

/** A pipeline that can still grow. Every method returns a new one. */
export interface PipelineBuilder<Input, Steps, Output> extends Pipeline<Input, Output> {
  /**
   * Adds a step. Its functions see the outputs of all steps before it, by name.
   *
   * @throws SluiceError PIPELINE_INVALID for whatever breaks a rule, in the step or in the steps inside it: a bad or
   *   taken name, a schema that cannot be sent or stored, an option outside its range. NOT_FREE for a model that may
   *   cost money.
   */
  step<const Name extends string, StepOutput>(
    name: FreshName<Name, Steps>,
    step: Step<PipelineView<Input, Steps>, StepOutput>,
  ): PipelineBuilder<Input, Steps & { readonly [Key in Name]: StepOutput }, StepOutput>;
  /** Makes the run's output from all steps; without it the last step's output is the run's. */
  output<Final>(make: (view: PipelineView<Input, Steps>) => Final): Pipeline<Input, Final>;
}

/** What the functions of a pipeline's steps see. */
export interface PipelineView<Input, Steps> {
  readonly input: Input;
  /** The outputs of all earlier steps, by name. */
  readonly steps: Shown<Steps>;
}

/** No step yet. */
type NoSteps = Record<never, never>;

/** What one run may use where the pipeline does not say. */
export const DEFAULT_LIMITS: RunLimits = { requests: 20, wallMs: HOUR_MS, outputBytes: 4 * 1024 * 1024 };

/**
 * Begins a pipeline.
 *
 * ```ts
 * export const invoices = definePipeline({ name: "invoices", version: 1, input: z.object({ text: z.string() }) })
 *   .step("extract", llm({ output: z.object({ total: z.number() }), prompt: ({ input }) => input.text }))
 *   .step("check", code({ output: z.boolean(), run: ({ steps }) => steps.extract.total > 0 }));
 * ```
 *
 * @throws SluiceError PIPELINE_INVALID for a name, version, limit or weight outside its rule.
 */
export function definePipeline<Input>(head: PipelineHead<Input>): PipelineBuilder<Input, NoSteps, undefined> {
  const { name, version, description = null, input, weight = 1, fuse = false } = head;
  const limits = {
    requests: head.limits?.requests ?? DEFAULT_LIMITS.requests,
    wallMs: head.limits?.wallMs ?? DEFAULT_LIMITS.wallMs,
    outputBytes: head.limits?.outputBytes ?? DEFAULT_LIMITS.outputBytes,
  };
  const checked = { name, version, description, input, limits, weight, fuse };
  checkHead(checked);
  return build<Input, NoSteps, undefined>(checked, []);
}

type Head<Input> = Pick<
  Pipeline<Input, unknown>,
  "name" | "version" | "description" | "input" | "limits" | "weight" | "fuse"
>;

function build<Input, Steps, Output>(
  head: Head<Input>,
  steps: readonly NamedStep[],
): PipelineBuilder<Input, Steps, Output> {
  const growing: Pick<PipelineBuilder<Input, Steps, Output>, "step" | "output"> = {
    step(name, { definition }) {
      const added = { name, step: definition };
      checkStep(head.name, steps, added);
      return build(head, [...steps, added]);
    },
    output: (make) => pipelineOf(head, steps, ofView(make)),
  };
  return Object.assign(pipelineOf<Input, Output>(head, steps, null), growing);
}

function pipelineOf<Input, Output>(
  head: Head<Input>,
  steps: readonly NamedStep[],
  makeOutput: OfView<unknown> | null,
): Pipeline<Input, Output> {
  const body = { ...head, steps, makeOutput };
  let hash: string | undefined;
  return {
    ...body,
    // Made when it is first asked for: a builder passes through many pipelines that nobody runs.
    get fingerprint() {
      hash ??= pipelineFingerprint(body);
      return hash;
    },
  };
}
