/** Deeper than any output of a step or answer of a model that is meant. */
export const MAX_JSON_DEPTH = 500;

/**
 * Whether brackets are nested deeper in a JSON text than {@link MAX_JSON_DEPTH}. To parse it would cost nothing, but
 * whatever walks such a value afterwards runs out of stack.
 */
export function isTooDeep(text: string): boolean {
  if (text.length <= MAX_JSON_DEPTH) return false;
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') at = endOfString(text, at);
    else if (char === "{" || char === "[") {
      if (++depth > MAX_JSON_DEPTH) return true;
    } else if (char === "}" || char === "]") depth--;
  }
  return false;
}

/** Where the string ends that begins at `start`: its closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end >= 0 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let backslashes = 0;
  while (text[at - 1 - backslashes] === "\\") backslashes++;
  return backslashes % 2 === 1;
}
