import { printable } from "./printable.ts";

/** The narrowest that columns are made before whole columns are left out. */
export interface LeastWidths {
  /** Of the first column, which says what a row is about. */
  first: number;
  others: number;
}

const LEAST_WIDTHS: LeastWidths = { first: 14, others: 14 };
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
  least: LeastWidths = LEAST_WIDTHS,
): RenderedTable {
  const cells = [head, ...rows].map((row) => row.map(printable));
  const natural = head.map((_, column) => Math.max(...cells.map((row) => widthOf(row[column] ?? ""))));
  const widths = fitWidths(natural, columns, least);
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
 * that makes one narrower than it may be the last columns go. A column that is left alone is made as narrow as it must.
 */
export function fitWidths(
  natural: readonly number[],
  columns: number,
  least: LeastWidths = LEAST_WIDTHS,
): number[] {
  const floors = natural.map((width, column) => Math.min(width, column === 0 ? least.first : least.others));
  const isRoomFor = (widths: readonly number[]) => sum(widths) + GAP * (widths.length - 1) <= columns;
  let count = natural.length;
  while (count > 1 && !isRoomFor(floors.slice(0, count))) count--;
  if (count === 1) return natural.slice(0, 1).map((width) => Math.max(1, Math.min(width, columns)));
  const kept = natural.slice(0, count);
  const capped = (cap: number) =>
    kept.map((width, column) => Math.min(width, Math.max(cap, floors[column] ?? 0)));
  let cap = Math.max(...kept);
  while (cap > 1 && !isRoomFor(capped(cap))) cap--;
  return capped(cap);
}

function sum(widths: readonly number[]): number {
  return widths.reduce((total, width) => total + width, 0);
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
