import { childrenOf, pathInto } from "../pipeline/children.ts";
import type { AgentDefinition, Block, LlmDefinition, StepDefinition } from "../pipeline/step.ts";
import { certainBlocks } from "./foresee-run.ts";
import type { Range } from "./plan.ts";

/** A step that asks models, and how often one run asks it. */
export interface OutlinedStep {
  /** The step's path; `*` stands for an item or a round. */
  step: string;
  definition: LlmDefinition | AgentDefinition;
  /** Every run asks it once, whatever its outputs are. */
  isCertain: boolean;
  questions: Range;
  /** What that is to be multiplied with, where only a run knows: `item of notes`. Null where there is nothing. */
  per: string | null;
}

/** What is known of a block before its steps are looked at. */
interface Place {
  isCertain: boolean;
  questions: Range;
  per: string | null;
}

/** Every step of a pipeline that asks models, in its order. */
export function outlineOf(pipeline: Block): OutlinedStep[] {
  return [...outlineBlock(pipeline, "", { isCertain: true, questions: { min: 1, max: 1 }, per: null })];
}

function* outlineBlock(block: Block, prefix: string, place: Place): Generator<OutlinedStep> {
  for (const { name, step } of block.steps) {
    const path = `${prefix}${name}`;
    if (step.kind === "llm") yield { step: path, definition: step, ...place };
    if (step.kind === "agent") {
      const max = place.questions.max * Math.min(step.maxSteps, step.maxRequests ?? step.maxSteps);
      yield {
        step: path,
        definition: step,
        ...place,
        isCertain: false,
        questions: { ...place.questions, max },
      };
    }
    for (const child of childrenOf(step)) {
      yield* outlineBlock(child.block, pathInto(path, child), inside(step, { name, place }));
    }
  }
}

function inside(step: StepDefinition, { name, place }: { name: string; place: Place }): Place {
  const { questions, per } = place;
  const isCertain = place.isCertain && certainBlocks(step).length > 0;
  const also = (unit: string) => (per === null ? unit : `${unit}, per ${per}`);
  switch (step.kind) {
    case "map":
      return { isCertain, questions, per: also(`item of ${name}`) };
    case "reduce":
      return { isCertain, questions, per: also(`group of ${name}`) };
    case "loop":
      return { isCertain, questions: { ...questions, max: questions.max * step.maxRounds }, per };
    case "branch":
      return { isCertain, questions: { ...questions, min: 0 }, per };
    default:
      return { isCertain, questions, per };
  }
}
