import type { LlmDefinition } from "../../pipeline/step.ts";
import type { StepAt, StepResult } from "../run-context.ts";
import { askFused, type FusableStep } from "./fuse.ts";
import { packTermsOf } from "./pack-terms.ts";
import { callOf, messagesOf } from "./question.ts";
import { requestOf } from "./request.ts";

/** Asks a model for an llm step, unless its answer came with that of another step. */
export async function runLlm(step: LlmDefinition, at: StepAt): Promise<StepResult> {
  const { path, run } = at;
  if (run.fuses && !run.prepared.has(path)) await askFused(fromHereOn(step, at), path, run);
  const answer = run.prepared.get(path) ?? (await ask(step, at));
  run.prepared.delete(path);
  if (answer.pack) run.call.meter.packed({ step: path, ...answer.pack });
  return { output: answer.value, cached: answer.cached };
}

async function ask(step: LlmDefinition, at: StepAt) {
  const messages = await messagesOf(step.prompt, at);
  const request = await requestOf(step, messages, at);
  const pack = await packTermsOf(step, messages, at);
  return at.run.models.ask({ ...request, pack }, callOf(at.run, at.path));
}

/** The step, and the llm steps that follow it at once. */
function fromHereOn(step: LlmDefinition, at: StepAt): FusableStep[] {
  const { name = "", following = [] } = at;
  const end = following.findIndex((next) => next.step.kind !== "llm");
  const prefix = at.path.slice(0, at.path.length - name.length);
  const next = following
    .slice(0, end < 0 ? undefined : end)
    .flatMap((named) =>
      named.step.kind === "llm"
        ? [{ name: named.name, step: named.step, at: { ...at, path: prefix + named.name } }]
        : [],
    );
  return [{ name, step, at }, ...next];
}
