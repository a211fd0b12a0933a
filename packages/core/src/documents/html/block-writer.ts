/** One line or paragraph of readable text, with where on the page it stood. */
export interface Block {
  kind: "paragraph" | "heading" | "item" | "row" | "code";
  text: string;
  inMain: boolean;
  inBoilerplate: boolean;
}

/** Where the writer stands on the page; set by whoever feeds it. */
export interface Place {
  inMain: boolean;
  inBoilerplate: boolean;
}

/**
 * Puts a page's text together, line by line: `# ` before headings, `- ` before items, ` | ` between cells.
 *
 * It knows nothing of elements; `page-reader.ts` tells it what begins and ends.
 */
export class BlockWriter {
  readonly blocks: Block[] = [];
  readonly #place: Place;
  #line = "";
  /** The mark for the next line, kept until the line has text: `<li><p>a</p></li>` is one `- a`. */
  #mark: { kind: "heading" | "item"; text: string } | undefined;
  /** The cells of the open table row, each a list of its lines. */
  #row: string[][] | undefined;
  #isCode = false;

  constructor(place: Place) {
    this.#place = place;
  }

  addText(text: string): void {
    this.#line += text;
  }

  /** A `<br>`: a new line, but within a heading only a space. */
  breakLine(): void {
    if (this.#isCode) this.#line += "\n";
    else if (this.#mark?.kind === "heading") this.#line += " ";
    else this.endLine();
  }

  /** Ends the line under way, if it has text. Within code the lines stay together. */
  endLine(): void {
    if (this.#isCode) {
      if (this.#line !== "" && !this.#line.endsWith("\n")) this.#line += "\n";
      return;
    }
    const text = this.#line.replace(/\s+/g, " ").trim();
    this.#line = "";
    if (text === "") return;
    if (this.#row) lastCell(this.#row).push(text);
    else this.#emit(text);
  }

  startHeading(level: number): void {
    this.endLine();
    this.#mark = { kind: "heading", text: `${"#".repeat(level)} ` };
  }

  startItem(): void {
    this.endLine();
    this.#mark = { kind: "item", text: "- " };
  }

  /** Ends a heading or an item; its mark must not pass to what follows it. */
  endMarked(): void {
    this.endLine();
    this.#mark = undefined;
  }

  startCode(): void {
    this.endLine();
    this.#mark = undefined;
    this.#isCode = true;
  }

  endCode(): void {
    const text = this.#line.replace(/^\n/, "").trimEnd();
    this.#line = "";
    this.#isCode = false;
    if (text === "") return;
    if (this.#row) lastCell(this.#row).push(text);
    else this.#push("code", `\`\`\`\n${text}\n\`\`\``);
  }

  startRow(): void {
    if (this.#isCode) return;
    this.endRow();
    this.#row = [];
  }

  startCell(): void {
    this.endLine();
    if (this.#isCode) return;
    this.#row ??= [];
    this.#row.push([]);
  }

  /** Ends the line and the row under way; a table inside a cell ends the row that holds it. */
  endRow(): void {
    this.endLine();
    if (this.#isCode) return;
    const cells = this.#row;
    this.#row = undefined;
    if (!cells) return;
    const filled = cells.filter((lines) => lines.length > 0);
    // A row with text in one cell only, over several lines, is page layout and not data.
    const isLayout = filled.length === 1 && (cells.length === 1 || (filled[0]?.length ?? 0) > 1);
    if (isLayout) for (const line of filled.flat()) this.#emit(line);
    else if (filled.length > 0) this.#push("row", cells.map((lines) => lines.join(" ")).join(" | "));
  }

  #emit(text: string): void {
    const mark = this.#mark;
    this.#mark = undefined;
    if (mark) this.#push(mark.kind, mark.text + text);
    else this.#push("paragraph", text);
  }

  #push(kind: Block["kind"], text: string): void {
    this.blocks.push({ kind, text, ...this.#place });
  }
}

function lastCell(row: string[][]): string[] {
  const last = row.at(-1);
  if (last) return last;
  const cell: string[] = [];
  row.push(cell);
  return cell;
}
