import type { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import { answerSchema } from "../models/structured/answer-schema.ts";
import { fingerprint } from "./fingerprint.ts";
import type { NamedStep, Pipeline } from "./pipeline.ts";
import type { Step, StepView } from "./step.ts";

/** What a pipeline begins with. */
export interface PipelineHead<Input> {
  /** Names the pipeline on the command line: letters, digits, `-` and `_`, at most 64. */
  name: string;
  /** Raise it whenever a change should not be mixed with runs of the old definition. A whole number from 1. */
  version: number;
  /** One sentence for `sluice pipelines`. */
  description?: string | undefined;
  /** What one run works on. A loaded document has `text`, `name` and more; see `documentSchema`. */
  input: z.ZodType<Input>;
}

/** Shows the members of an intersection as one object in editors. */
type Flat<T> = { [K in keyof T]: T[K] } & {};

/** A name that is not taken yet; a taken one gives a type that says so. */
type FreshName<Name extends string, Steps> = Name extends keyof Steps
  ? `step "${Name}" exists already`
  : Name;

/** A pipeline that can still grow. Every method returns a new one. */
export interface PipelineBuilder<Input, Steps, Output> extends Pipeline<Input, Output> {
  /**
   * Adds a step. Its functions see the outputs of all steps before it, by name.
   *
   * @throws SluiceError PIPELINE_INVALID for a bad or taken name, or an output schema that cannot be sent.
   */
  step<const Name extends string, StepOutput>(
    name: FreshName<Name, Steps>,
    step: Step<StepView<Input, Steps>, StepOutput>,
  ): PipelineBuilder<Input, Flat<Steps & Record<Name, StepOutput>>, StepOutput>;
  /** Makes the run's output from all steps; without it the last step's output is the run's. */
  output<Final>(make: (view: StepView<Input, Steps>) => Final): Pipeline<Input, Final>;
}

/** No step yet. */
type NoSteps = Record<never, never>;

/**
 * Begins a pipeline.
 *
 * ```ts
 * export const invoices = definePipeline({ name: "invoices", version: 1, input: z.object({ text: z.string() }) })
 *   .step("extract", llm({ output: z.object({ total: z.number() }), prompt: ({ input }) => input.text }))
 *   .step("check", code({ output: z.boolean(), run: ({ steps }) => steps.extract.total > 0 }));
 * ```
 *
 * @throws SluiceError PIPELINE_INVALID for a name or version outside its rule.
 */
export function definePipeline<Input>(head: PipelineHead<Input>): PipelineBuilder<Input, NoSteps, undefined> {
  if (!isName(head.name)) throw invalid(head.name, `its name must match ${NAME_RULE}`);
  if (!Number.isInteger(head.version) || head.version < 1) {
    throw invalid(head.name, `its version must be a whole number from 1, got ${String(head.version)}`);
  }
  return build<Input, NoSteps, undefined>({ ...head, description: head.description ?? null }, []);
}

interface Head<Input> {
  name: string;
  version: number;
  description: string | null;
  input: z.ZodType<Input>;
}

function build<Input, Steps, Output>(
  head: Head<Input>,
  steps: readonly NamedStep[],
): PipelineBuilder<Input, Steps, Output> {
  return {
    ...pipelineOf<Input, Output>(head, steps, null),
    step(name, step) {
      assertStep(head.name, steps, { name, step });
      return build(head, [...steps, { name, step: forgetTypes(step) }]);
    },
    output: (make) => pipelineOf(head, steps, forgetView(make)),
  };
}

function pipelineOf<Input, Output>(
  head: Head<Input>,
  steps: readonly NamedStep[],
  makeOutput: ((view: StepView<unknown, unknown>) => unknown) | null,
): Pipeline<Input, Output> {
  const { name, version, description, input } = head;
  return {
    name,
    version,
    description,
    input,
    steps,
    makeOutput,
    fingerprint: fingerprint(head, steps, makeOutput),
  };
}

function assertStep(
  pipeline: string,
  steps: readonly NamedStep[],
  added: { name: string; step: { kind: string; output: unknown } & Step<never, unknown> },
): void {
  const { name, step } = added;
  if (!isName(name)) throw invalid(pipeline, `the step name "${name}" must match ${NAME_RULE}`);
  if (steps.some((other) => other.name === name)) throw invalid(pipeline, `two steps are named "${name}"`);
  if (step.kind === "llm" && step.output)
    answerSchema(step.output, `Step "${name}" of pipeline "${pipeline}"`);
}

/**
 * The builder's types have proved that a step is only ever called with the view it was written for; the executor,
 * which holds all steps in one list, calls it with exactly that view.
 */
function forgetTypes<View, Output>(step: Step<View, Output>): NamedStep["step"] {
  return step as unknown as NamedStep["step"];
}

function forgetView<View, Output>(
  make: (view: View) => Output,
): (view: StepView<unknown, unknown>) => Output {
  return make as unknown as (view: StepView<unknown, unknown>) => Output;
}

const NAME_RULE = "/^[A-Za-z][A-Za-z0-9_-]{0,63}$/";

function isName(name: string): boolean {
  return /^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name);
}

function invalid(pipeline: string, why: string): SluiceError {
  return new SluiceError("PIPELINE_INVALID", {
    message: `Pipeline "${pipeline}": ${why}.`,
    facts: { pipeline },
  });
}
