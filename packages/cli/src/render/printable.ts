/** Characters that move the cursor, colour, hide or reorder what a terminal shows. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** Joiners that scripts and emoji need; alone they do no harm. */
const HARMLESS = new Set(["\u200c", "\u200d"]);

/** Text on one line that a terminal shows and does not obey: white space joined, all else escaped. */
export function printable(text: string): string {
  return text.replace(/[\t\n\r\v\f ]+/g, " ").replace(UNPRINTABLE, (character) => {
    if (HARMLESS.has(character)) return character;
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
  });
}
