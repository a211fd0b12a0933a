import { tokens } from "./words.ts";

/** Enough text to tell a language. */
const MAX_CHARACTERS = 2_000;
const UNKNOWN = "und";

const englishNames = new Intl.DisplayNames(["en"], { type: "language", fallback: "none" });

/** ISO 639-3 codes of the likely languages of a text, best first; empty when it is too short to tell. */
export async function rankLanguages(text: string): Promise<string[]> {
  const { francAll } = await import("franc-min");
  return francAll(text.slice(0, MAX_CHARACTERS))
    .map(([code]) => code)
    .filter((code) => code !== UNKNOWN);
}

/** The English name of a language, or its code when it has none. */
export function languageName(iso6393: string): string {
  return englishNames.of(iso6393) ?? iso6393;
}

/** The two-letter code of a language, or the three-letter one when there is no other. */
export function languageCode(iso6393: string): string {
  return new Intl.Locale(iso6393).language ?? iso6393;
}

/** The option that names the best of the ranked languages: by English name, ISO 639-1 or ISO 639-3 code. */
export function languageOption(ranked: readonly string[], options: readonly unknown[]): unknown {
  for (const code of ranked) {
    const forms = new Set([code, languageCode(code), languageName(code).toLowerCase()]);
    const option = options.find((candidate) => isForm(String(candidate), forms));
    if (option !== undefined) return option;
  }
  return undefined;
}

function isForm(option: string, forms: ReadonlySet<string>): boolean {
  const whole = option.toLowerCase();
  return forms.has(whole) || tokens(whole).some((word) => forms.has(word));
}
