/** What must not be told on. */
export interface Hidden {
  /** Characters of a piece; what is shorter is told. */
  length: number;
  /** True when a piece of that length is part of it. */
  has(piece: string): boolean;
  /** Stands in the place of each run of such pieces. */
  mark: string;
}

/** The text without what is hidden, however little more than a piece of it is there. */
export function hidePieces(text: string, { length, has, mark }: Hidden): string {
  let told = "";
  let from = 0;
  for (let at = 0; at + length <= text.length; at++) {
    if (!has(text.slice(at, at + length))) continue;
    let end = at + length;
    while (end < text.length && has(text.slice(end + 1 - length, end + 1))) end++;
    told += text.slice(from, at) + mark;
    from = end;
    at = end - 1;
  }
  return told + text.slice(from);
}
