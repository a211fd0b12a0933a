import { z } from "zod";
import type { AnswerMessage } from "../answer-message.ts";
import { extractJson } from "./extract-json.ts";

/** Whether an answer is what the step asked for. */
export type Acceptance<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Judges an answer. What it throws ends the question. */
export type AcceptAnswer<T> = (answer: AnswerMessage) => Acceptance<T> | Promise<Acceptance<T>>;

/** What is wrong is shown to the model and stands in errors: a thousand wrong items are told by the first of them. */
const MAX_PROBLEM_CHARS = 2_000;

/** Accepts an answer that holds JSON valid for `schema`. */
export function acceptStructured<T>(schema: z.ZodType<T>): (answer: AnswerMessage) => Acceptance<T> {
  return ({ text }) => {
    const json = extractJson(text);
    if (!json.found) return { ok: false, problem: json.problem };
    const parsed = schema.safeParse(json.value);
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, problem: z.prettifyError(parsed.error).slice(0, MAX_PROBLEM_CHARS) };
  };
}

/** Accepts any answer as it is, without the blank around it. */
export const acceptText = ({ text }: AnswerMessage): Acceptance<string> => ({ ok: true, value: text.trim() });
