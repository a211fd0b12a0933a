import type { Block, NamedStep, Step } from "./step.ts";

/** A block whose output the compiler knows. */
export interface BlockOf<Output> extends Block {
  /** For the compiler only; never set. */
  readonly outputType?: Output;
}

/** The outputs of steps as one object, for editors and for functions. */
export type Shown<Steps> = { readonly [Name in keyof Steps]: Steps[Name] };

/** A name that is not taken yet; a taken one gives a type that says so. */
export type FreshName<Name extends string, Steps> = Name extends keyof Steps
  ? `step "${Name}" exists already`
  : Name;

/**
 * Steps inside another step. Its functions see what the steps before that one gave, what this block's earlier steps
 * gave, and what the step around it adds (`item`, `state`, …). Every method returns a new builder.
 */
export interface BlockBuilder<Scope, Steps, Output> extends BlockOf<Output> {
  // The steps are gathered as a bare intersection: an alias here would nest once for each step, and the compiler gives
  // up at a hundred.
  step<const Name extends string, StepOutput>(
    name: FreshName<Name, Steps>,
    step: Step<Scope & { readonly steps: Shown<Steps> }, StepOutput>,
  ): BlockBuilder<Scope, Steps & { readonly [Key in Name]: StepOutput }, StepOutput>;
}

/** The outputs that a view shows; none where a step is made by itself, before it has a place. */
type StepsOf<View> = View extends { readonly steps: infer Steps } ? Steps : Record<never, never>;

/** A block that begins inside a step with this view, and sees `Added` besides. */
export type InnerBlock<View, Added = unknown> = BlockBuilder<
  Omit<View, "steps" | keyof Added> & Added,
  StepsOf<View>,
  never
>;

/** Begins a block: nothing in it yet. */
function startBlock<Scope, Steps, Output>(
  steps: readonly NamedStep[] = [],
): BlockBuilder<Scope, Steps, Output> {
  return {
    steps,
    step: (name, { definition }) => startBlock([...steps, { name, step: definition }]),
  };
}

/** The block that the author's function builds. It is called once, when the pipeline is defined. */
export function buildBlock<View, Added>(build: (block: InnerBlock<View, Added>) => BlockOf<unknown>): Block {
  const { steps } = build(startBlock());
  return { steps };
}
