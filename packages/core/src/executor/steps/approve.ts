import { z } from "zod";
import { WaitingError } from "../../errors/rest-errors.ts";
import type { ApproveDefinition } from "../../pipeline/step.ts";
import { callAuthor, validOutput } from "../author-code.ts";
import { decisionPath } from "../decide.ts";
import type { StepAt } from "../run-context.ts";

const askedSchema = z.object({ at: z.number(), question: z.string() });

/** Gives the recorded decision, or the one of the timeout; else the run waits. */
export async function runApprove(step: ApproveDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run } = at;
  const decided = run.outputs.recorded(decisionPath(path));
  if (decided) return checked(step, path, decided.output);
  const { onTimeout, timeoutMs } = step;
  const asked = await run.outputs.remember(`${path}#asked`, async () => ({
    at: run.clock.now(),
    question: await callAuthor(`\`question\` of step "${path}"`, path, () => step.question(view)),
  }));
  const { at: askedAt, question } = askedSchema.parse(asked);
  const until = timeoutMs === null ? null : askedAt + timeoutMs;
  if (until === null || !onTimeout || run.clock.now() < until) {
    throw new WaitingError({ step: path, question, until });
  }
  const value = await callAuthor(`\`onTimeout\` of step "${path}"`, path, () => onTimeout(view));
  // Recorded as a decision like any other: of a person and the clock, the first one counts.
  return checked(step, path, await run.outputs.record(decisionPath(path), value));
}

function checked({ decision: schema }: ApproveDefinition, path: string, value: unknown): unknown {
  return validOutput(`The decision of step "${path}"`, path, { schema, value });
}
