import type { AcceptAnswer, Acceptance } from "../../models/structured/accept-answer.ts";
import { extractJson } from "../../models/structured/extract-json.ts";
import type { CheckResult, OfView } from "../../pipeline/step.ts";
import { checkValue, type Schema } from "../../shared/schema.ts";
import { callAuthor } from "../author-code.ts";
import type { QuestionAt } from "../run-context.ts";

/** What a step that asks a model wants of the answer. */
interface Wanted {
  output: Schema<unknown> | null;
  check: OfView<CheckResult> | null;
}

/** Judges answers by the step's schema, then by the author's check. */
export function acceptOutput({ output, check }: Wanted, at: QuestionAt): AcceptAnswer<unknown> {
  return async ({ text }) => {
    const fitting = output ? await fit(text, output) : { ok: true as const, value: text.trim() };
    return fitting.ok && check ? holdAgainst(check, fitting.value, at) : fitting;
  };
}

async function fit(text: string, schema: Schema<unknown>): Promise<Acceptance<unknown>> {
  const json = extractJson(text);
  return json.found ? checkValue(schema, json.value) : { ok: false, problem: json.problem };
}

async function holdAgainst(
  check: OfView<CheckResult>,
  output: unknown,
  { path, view }: QuestionAt,
): Promise<Acceptance<unknown>> {
  const result = await callAuthor(`\`check\` of step "${path}"`, path, () => check({ ...view, output }));
  if (result === true) return { ok: true, value: output };
  const problem = typeof result === "string" ? result : "it does not hold against what was given";
  return { ok: false, problem };
}
