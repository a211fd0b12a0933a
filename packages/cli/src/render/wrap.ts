import { widthOf } from "./table.ts";

/**
 * Breaks a text into lines no wider than `columns`, at spaces where there are any; its own line ends stay.
 *
 * @param columns at least 2: a wide character must fit.
 */
export function wrap(text: string, columns: number): string[] {
  return text.split("\n").flatMap((line) => wrapLine(line.trimEnd(), columns));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (widthOf(rest) > columns) {
    const fitting = fittingStart(rest, columns);
    const space = rest[fitting.length] === " " ? fitting.length : fitting.lastIndexOf(" ");
    // An indentation alone is no place to break: it would leave an empty line.
    const isPlace = space > 0 && fitting.slice(0, space).trim() !== "";
    const head = isPlace ? rest.slice(0, space) : fitting;
    lines.push(head.trimEnd());
    rest = rest.slice(head.length).trimStart();
  }
  return [...lines, rest];
}

/** As many characters from the beginning as fit. */
function fittingStart(text: string, columns: number): string {
  let start = "";
  let width = 0;
  for (const character of text) {
    width += widthOf(character);
    if (width > columns) break;
    start += character;
  }
  return start;
}
