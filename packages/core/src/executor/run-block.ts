import { AnswerInvalidError } from "../errors/answer-errors.ts";
import { toErrorRecord } from "../errors/sluice-error.ts";
import type { Block, NamedStep } from "../pipeline/step.ts";
import { isRest } from "./rest.ts";
import type { BlockResult, RunBlock, StepAt } from "./run-context.ts";
import { runStep } from "./run-step.ts";

/** Runs a block's steps from where its checkpoints end. The one loop over steps there is. */
export const runBlock: RunBlock = async (block: Block, { prefix, view, run }): Promise<BlockResult> => {
  const steps: Record<string, unknown> = { ...view.steps };
  let output: unknown;
  for (const [index, named] of block.steps.entries()) {
    run.interrupt.throwIfAborted();
    const path = prefix + named.name;
    const recorded = run.outputs.recorded(path);
    // A copy for each: what a step does to its view must not reach the others.
    const inner = Object.assign({}, view, { steps: { ...steps } });
    output = recorded
      ? recorded.output
      : await runNamed(named, {
          ...{ path, view: inner, run, runBlock },
          name: named.name,
          following: block.steps.slice(index + 1),
        });
    steps[named.name] = output;
  }
  return { output, steps };
};

async function runNamed({ step }: NamedStep, at: StepAt): Promise<unknown> {
  const { path, run } = at;
  const { runId, emit } = run;
  emit({ type: "step.started", runId, step: path, kind: step.kind });
  try {
    const result = await runStep(step, at);
    const output = await run.outputs.record(path, result.output);
    emit({ type: "step.completed", runId, step: path, cached: result.cached });
    return output;
  } catch (error) {
    if (error instanceof AnswerInvalidError) await keepEvidence(error, at);
    if (!isRest(error) && !run.interrupt.isAborted) {
      emit({ type: "step.failed", runId, step: path, error: toErrorRecord(error) });
    }
    throw error;
  }
}

/** The reply stands beside the outputs, for `sluice show`. */
async function keepEvidence({ reply }: AnswerInvalidError, { path, run }: StepAt): Promise<void> {
  // The step's own error counts for more than one of keeping it.
  await run.outputs.record(`${path}#reply`, reply).catch(() => {});
}
