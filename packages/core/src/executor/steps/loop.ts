import { SluiceError } from "../../errors/sluice-error.ts";
import type { LoopDefinition } from "../../pipeline/step.ts";
import { callAuthor, validOutput } from "../author-code.ts";
import type { StepAt } from "../run-context.ts";

/** Repeats the body until the predicate holds. */
export async function runLoop(step: LoopDefinition, at: StepAt): Promise<unknown> {
  const { path, view, run } = at;
  const started = await run.outputs.remember(`${path}#start`, () =>
    callAuthor(`\`start\` of step "${path}"`, path, () => step.start(view)),
  );
  let state = await checked(step, path, started);
  for (let round = 0; round < step.maxRounds; round++) {
    const inner = { ...view, state, round };
    const { output } = await at.runBlock(step.body, { prefix: `${path}/${round}/`, view: inner, run });
    state = await checked(step, path, output);
    const after = { ...view, state, round };
    if (await callAuthor(`\`until\` of step "${path}"`, path, () => step.until(after))) return state;
  }
  if (step.onLimit === "keep") return state;
  throw new SluiceError("LOOP_LIMIT", {
    message: `Step "${path}" has done its ${step.maxRounds} rounds and \`until\` still does not hold; raise \`maxRounds\`, or take the last state with \`onLimit: "keep"\`.`,
    facts: { step: path, maxRounds: step.maxRounds },
  });
}

function checked({ state: schema }: LoopDefinition, path: string, value: unknown): unknown {
  return validOutput(`The state of step "${path}"`, path, { schema, value });
}
