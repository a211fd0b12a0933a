/** Characters that move the cursor, colour, hide or reorder what a terminal shows. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** Joiners that scripts and emoji need; alone they do no harm. */
const HARMLESS = new Set(["\u200c", "\u200d"]);

/** White space that lays a text out in lines and columns. */
const LAYOUT = new Set([...HARMLESS, "\n", "\t"]);

/** Text on one line that a terminal shows and does not obey: white space joined, all else escaped. */
export function printable(text: string): string {
  return escaped(text.replace(/[\t\n\r\v\f ]+/g, " "), HARMLESS);
}

/** Text of many lines that a terminal shows and does not obey; its lines and indentation stay. */
export function printableText(text: string): string {
  return escaped(text.replaceAll("\r", ""), LAYOUT);
}

function escaped(text: string, allowed: ReadonlySet<string>): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (allowed.has(character)) return character;
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
  });
}
