/** Enough of a text to tell its language. */
const LOOKED_AT_CHARS = 2_000;

/** Shorter texts are told wrongly more often than not. */
const LEAST_CHARS = 80;

/** The language that a text is most likely written in, as ISO 639-3 code; `und` when it is too short to tell. */
export async function languageOf(text: string): Promise<string> {
  const { franc } = await import("franc-min");
  return franc(text.slice(0, LOOKED_AT_CHARS), { minLength: LEAST_CHARS });
}
