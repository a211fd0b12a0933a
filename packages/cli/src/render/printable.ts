/** Characters that move the cursor, colour, hide or reorder what a terminal shows. */
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/gu;

/** Joiners that scripts and emoji need; alone they do no harm. */
const HARMLESS = new Set(["\u200c", "\u200d"]);

const ESCAPE = "\u001b";

/** The colours that we use, and none that hides; split by it, every second part is a colour. */
const COLOUR = new RegExp(`(${ESCAPE}\\[(?:2|22|31|32|33|39)m)`);

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

/** Text that was put together for a terminal: its lines and our colours stay, whatever else a terminal obeys does not. */
export function printableLines(text: string): string {
  return text
    .split(COLOUR)
    .map((part, index) => (index % 2 === 1 ? part : escaped(part, LAYOUT)))
    .join("");
}

/** The same JSON, with what a terminal obeys in JSON's own escapes. */
export function printableJson(json: string): string {
  return json.replace(UNPRINTABLE, (character) =>
    HARMLESS.has(character) ? character : character.split("").map(unicodeEscape).join(""),
  );
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function escaped(text: string, allowed: ReadonlySet<string>): string {
  return text.replace(UNPRINTABLE, (character) => {
    if (allowed.has(character)) return character;
    return `\\u{${character.codePointAt(0)?.toString(16) ?? ""}}`;
  });
}
