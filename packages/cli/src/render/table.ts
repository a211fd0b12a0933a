import { printable } from "./printable.ts";

/** The narrowest a column is made before whole columns are left out. */
const LEAST_WIDTH = 14;
const GAP = 2;

/** A table for people; columns that do not fit are left out at the right and named. */
export interface RenderedTable {
  text: string;
  leftOut: string[];
}

/** Draws rows under a head, no wider than `columns`; long cells end in "…". */
export function renderTable(
  head: readonly string[],
  rows: ReadonlyArray<readonly string[]>,
  columns: number,
): RenderedTable {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const natural = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const widths = fitWidths(natural, columns);
  const line = (row: readonly string[]) =>
    widths
      .map((width, column) => padded(shorten(row[column] ?? "", width), width))
      .join(" ".repeat(GAP))
      .trimEnd();
  const rule = widths.map((width) => "─".repeat(width)).join(" ".repeat(GAP));
  const [first = [], ...others] = cells;
  const text = [line(first), rule, ...others.map(line)].join("\n");
  return { text, leftOut: head.slice(widths.length) };
}

/**
 * The widths that fit into `columns`: natural ones where there is room, else the widest are narrowed first, and when
 * that makes them unreadable the last columns go.
 */
export function fitWidths(natural: readonly number[], columns: number): number[] {
  const kept = [...natural];
  const room = () => columns - GAP * (kept.length - 1);
  const least = () => kept.reduce((sum, width) => sum + Math.min(width, LEAST_WIDTH), 0);
  while (kept.length > 1 && least() > room()) kept.pop();
  let cap = Math.max(...kept);
  const total = () => kept.reduce((sum, width) => sum + Math.min(width, cap), 0);
  while (cap > 1 && total() > room()) cap--;
  return kept.map((width) => Math.min(width, cap));
}

function shorten(cell: string, width: number): string {
  if (widthOf(cell) <= width) return cell;
  let text = "";
  for (const character of cell) {
    if (widthOf(text + character) > width - 1) break;
    text += character;
  }
  return `${text.trimEnd()}…`;
}

/** East Asian characters and emoji take two columns in a terminal. */
const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

/** How many columns of a terminal a text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    if (!/\p{Mark}/u.test(character)) width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}

/** The text with spaces after it, up to a width. */
export function padded(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - widthOf(text)));
}
