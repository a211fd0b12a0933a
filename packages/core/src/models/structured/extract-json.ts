import { parseJson } from "../../shared/json.ts";

/** The JSON found in a model's answer, or why there is none. */
export type ExtractedJson = { found: true; value: unknown } | { found: false; problem: string };

/**
 * Finds the JSON value in an answer: the whole text, a fenced block, or the first balanced object or array with talk
 * around it. Keys that can reach an object's prototype are dropped.
 */
export function extractJson(answer: string): ExtractedJson {
  for (const candidate of candidates(answer.trim())) {
    try {
      return { found: true, value: parseJson(candidate) };
    } catch {
      // The next reading of the text may be JSON.
    }
  }
  return { found: false, problem: "The answer holds no complete JSON value." };
}

function* candidates(text: string): Generator<string> {
  yield text;
  for (const fence of text.matchAll(/```[a-z]*\s*\n([\s\S]*?)```/gi)) yield (fence[1] ?? "").trim();
  const balanced = firstBalanced(text);
  if (balanced !== undefined) yield balanced;
}

/** The first `{…}` or `[…]` whose brackets balance, strings and escapes respected. */
function firstBalanced(text: string): string | undefined {
  const start = text.search(/[{[]/);
  if (start < 0) return undefined;
  let depth = 0;
  let inString = false;
  for (let at = start; at < text.length; at++) {
    const char = text[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "{" || char === "[") depth++;
    else if ((char === "}" || char === "]") && --depth === 0) return text.slice(start, at + 1);
  }
  return undefined;
}
