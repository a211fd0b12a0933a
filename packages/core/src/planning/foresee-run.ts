import type { QuestionAt } from "../executor/run-context.ts";
import { blindView } from "../executor/steps/blind-view.ts";
import { type FusableStep, fuseSteps } from "../executor/steps/fuse.ts";
import { firstSteps } from "../executor/steps/parallel.ts";
import type { ModelRequest } from "../models/model-request.ts";
import { pathInto } from "../pipeline/children.ts";
import type { AnyView, Block, LlmDefinition, NamedStep, StepDefinition } from "../pipeline/step.ts";
import { type ForeseenQuestion, guessedQuestion, knownQuestion } from "./foresee-question.ts";

/** Hears of the questions of one run, in the order in which they are asked. */
export interface QuestionListener {
  /** Whether an answer is there or bought for somebody else, so that it costs nothing; with the answer, where it is known. */
  find(
    question: Pick<ForeseenQuestion, "step" | "request" | "isEstimate">,
  ): Promise<{ value?: unknown } | undefined>;
  /** Whether any model takes it. */
  fits(request: ModelRequest<unknown>): boolean;
  /** A step has an answer without a request. */
  onFound(step: string): void;
  /** @returns false when the run ends here, because no model takes the question. */
  onQuestion(question: ForeseenQuestion): Promise<boolean>;
  /** Steps are asked together with another one, which is heard of by itself. */
  onFused(steps: readonly string[], first: string): void;
}

/** How a run is looked at. */
export interface ForeseeTerms {
  /** Whether steps that follow each other may be asked as one. */
  fuses: boolean;
  /** Stands in for what nobody knows yet: the document's text. */
  ownText: string;
  listener: QuestionListener;
}

/** Where a block stands; in a blind one nothing is known but the document's own text. */
interface BlockAt {
  prefix: string;
  view: AnyView;
  isBlind: boolean;
  /** Steps whose answers come with those of others, by path. */
  fused: Set<string>;
}

/**
 * Goes through the questions that a run is certain to ask: those of llm steps that stand in the pipeline itself, in
 * parallel branches, and in pipelines that are steps. No function of the author's is called but prompts; an output that
 * is not in the cache is not known.
 */
export async function foreseeRun(pipeline: Block, input: unknown, terms: ForeseeTerms): Promise<void> {
  const view = { input, steps: {} };
  await foreseeBlock(pipeline, { prefix: "", view, isBlind: false, fused: new Set() }, terms);
}

async function foreseeBlock(block: Block, at: BlockAt, terms: ForeseeTerms): Promise<boolean> {
  const known: Record<string, unknown> = {};
  for (const [index, named] of block.steps.entries()) {
    const { name, step } = named;
    const path = `${at.prefix}${name}`;
    const here = { ...at, view: { ...at.view, steps: { ...at.view.steps, ...known } } };
    if (step.kind !== "llm") {
      if (!(await foreseeInside(step, path, { at: here, terms }))) return false;
      continue;
    }
    const together = terms.fuses ? llmStepsFrom(block.steps.slice(index), here) : [];
    if (!(await foreseeFused(together, { at: here, terms }))) return false;
    if (at.fused.has(path)) continue;
    const asked = await foreseeLlm(step, { path, view: here.view }, { isBlind: at.isBlind, terms });
    if (asked === "ends") return false;
    if (asked && "value" in asked) known[name] = asked.value;
  }
  return true;
}

/** A step, and the llm steps that follow it at once. */
function llmStepsFrom(steps: readonly NamedStep[], { prefix, view }: BlockAt): FusableStep[] {
  const end = steps.findIndex(({ step }) => step.kind !== "llm");
  return steps
    .slice(0, end < 0 ? undefined : end)
    .flatMap(({ name, step }) =>
      step.kind === "llm" ? [{ name, step, at: { path: `${prefix}${name}`, view } }] : [],
    );
}

async function foreseeInside(
  step: StepDefinition,
  path: string,
  { at, terms }: { at: BlockAt; terms: ForeseeTerms },
): Promise<boolean> {
  if (step.kind === "parallel" && step.fuse) {
    const firsts = firstSteps(step.branches, { path, view: at.view });
    if (!(await foreseeFused(firsts, { at, terms }))) return false;
  }
  for (const { name, block } of certainBlocks(step)) {
    // The input of a pipeline inside is made by its author's function of outputs.
    const isBlind = at.isBlind || step.kind === "pipeline";
    const prefix = pathInto(path, { name, block });
    if (!(await foreseeBlock(block, { ...at, prefix, isBlind }, terms))) return false;
  }
  return true;
}

/** The blocks inside a step that every run goes through exactly once. */
export function certainBlocks(step: StepDefinition): ReadonlyArray<{ name: string; block: Block }> {
  if (step.kind === "parallel") return step.branches;
  return step.kind === "pipeline" ? [{ name: step.pipeline.name, block: step.pipeline }] : [];
}

async function foreseeFused(
  steps: readonly FusableStep[],
  { at, terms }: { at: BlockAt; terms: ForeseeTerms },
): Promise<boolean> {
  if (at.isBlind || steps.some(({ at: { path } }) => at.fused.has(path))) return true;
  const { listener } = terms;
  const isAnswered = async ({ at: { path }, request }: { at: QuestionAt; request: ModelRequest<unknown> }) =>
    (await listener.find({ step: path, request, isEstimate: false })) !== undefined;
  const fused = await fuseSteps(steps, isAnswered).catch(() => undefined);
  // What is too long together is asked one by one.
  if (!fused || !listener.fits(fused.request)) return true;
  const { parts, request, pack } = fused;
  const [first, ...others] = parts.map((part) => part.at.path);
  for (const part of parts) at.fused.add(part.at.path);
  const step = first ?? "";
  listener.onFused(others, step);
  const { maxItems = null } = pack ?? {};
  const answers = parts.map((part) => part.request);
  return listener.onQuestion({ step, request, answers, pack, maxItems, split: null, isEstimate: false });
}

async function foreseeLlm(
  step: LlmDefinition,
  at: QuestionAt,
  { isBlind, terms }: { isBlind: boolean; terms: ForeseeTerms },
): Promise<{ value?: unknown } | "ends" | undefined> {
  const { listener, ownText } = terms;
  const known = isBlind ? undefined : await knownQuestion(step, { ...at, view: blindView(at.view, {}) }, at);
  const question = known ?? (await guessedQuestion(step, at, ownText));
  const found = await listener.find(question);
  if (!found) return (await listener.onQuestion(question)) ? undefined : "ends";
  listener.onFound(question.step);
  return found;
}
