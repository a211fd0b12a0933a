import type { CheckResult } from "../step.ts";

/**
 * A check of quotes: each must stand in the text, word for word. Case, blanks, line breaks, hyphens at line ends and the
 * form of quotation marks and dashes do not count.
 *
 * ```ts
 * check: ({ input, output }) => quotesFrom(input.text)(output.quotes),
 * ```
 *
 * @returns what holds one quote or several against the text; null and empty quotes hold.
 */
export function quotesFrom(
  text: string,
): (quotes: string | null | ReadonlyArray<string | null>) => CheckResult {
  const source = normal(text);
  return (quotes) => {
    const all = Array.isArray(quotes) ? quotes : [quotes];
    const wrong = all.find((quote) => quote !== null && !source.includes(normal(quote)));
    return wrong === undefined ? true : `The quote ${shown(wrong)} does not stand in the document.`;
  };
}

function normal(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/\u00ad|(?<=\p{L})-\s*\n\s*/gu, "")
    .replace(/[‘’‚‛`´]/g, "'")
    .replace(/[“”„‟«»]/g, '"')
    .replace(/[‐‑‒–—―]/g, "-")
    .replace(/\s+/g, " ")
    .trim()
    .toLowerCase();
}

/** Enough to find it again. */
const SHOWN_CHARS = 80;

function shown(quote: string): string {
  return JSON.stringify(quote.length > SHOWN_CHARS ? `${quote.slice(0, SHOWN_CHARS)}…` : quote);
}
