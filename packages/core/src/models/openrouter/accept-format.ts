import { Validator } from "@langchain/core/utils/json_schema";
import type { AnswerMessage } from "../answer-message.ts";
import type { AcceptAnswer, Acceptance } from "../structured/accept-answer.ts";
import { extractJson } from "../structured/extract-json.ts";
import type { AskedByLangChain } from "./chat-params.ts";

/**
 * Accepts what LangChain can read: JSON is taken out of fences and talk and held against the schema here, where a wrong
 * answer is still repaired. An answer that calls tools is not the final one and may be anything.
 */
export function acceptFormat(format: AskedByLangChain["format"]): AcceptAnswer<AnswerMessage> {
  if (format === "text") return (answer) => ({ ok: true, value: answer });
  return (answer) => {
    if (answer.toolCalls.length > 0) return { ok: true, value: answer };
    const json = extractJson(answer.text);
    if (!json.found) return { ok: false, problem: json.problem };
    const accepted: Acceptance<AnswerMessage> = {
      ok: true,
      value: { text: JSON.stringify(json.value), toolCalls: [] },
    };
    if (format === "json") return accepted;
    const problems = problemsOf(json.value, format.schema);
    return problems.length === 0 ? accepted : { ok: false, problem: problems.join("\n") };
  };
}

const MAX_PROBLEMS = 8;

function problemsOf(value: unknown, schema: Record<string, unknown>): string[] {
  try {
    const { errors } = new Validator(schema, "2020-12", false).validate(value);
    return errors
      .slice(0, MAX_PROBLEMS)
      .map(({ instanceLocation, error }) => `${instanceLocation}: ${error}`);
  } catch {
    // A schema that cannot be followed here is left to whoever gave it: LangChain reads the answer with it.
    return [];
  }
}
