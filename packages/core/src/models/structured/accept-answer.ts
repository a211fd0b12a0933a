import { z } from "zod";
import { extractJson } from "./extract-json.ts";

/** Whether an answer is what the step asked for. */
type Acceptance<T> = { ok: true; value: T } | { ok: false; problem: string };

/** Judges the text of an answer. */
export type AcceptAnswer<T> = (text: string) => Acceptance<T>;

/** Accepts an answer that holds JSON valid for `schema`. */
export function acceptStructured<T>(schema: z.ZodType<T>): AcceptAnswer<T> {
  return (text) => {
    const json = extractJson(text);
    if (!json.found) return { ok: false, problem: json.problem };
    const parsed = schema.safeParse(json.value);
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, problem: z.prettifyError(parsed.error) };
  };
}

/** Accepts any answer as it is, without the blank around it. */
export const acceptText: AcceptAnswer<string> = (text) => ({ ok: true, value: text.trim() });
