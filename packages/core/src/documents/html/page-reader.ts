import { type Block, BlockWriter, type Place } from "./block-writer.ts";
import {
  type Attributes,
  headingLevel,
  isBlock,
  isBoilerplate,
  isMain,
  isUnreadable,
} from "./element-kinds.ts";

/** What an open element changes for the text inside it. */
interface OpenElement {
  isUnreadable: boolean;
  isMain: boolean;
  isBoilerplate: boolean;
}

/** How deep elements may nest. Parsing time grows with the square of the depth beyond. */
const MAX_DEPTH = 5000;

/** Thrown by the reader when a page nests deeper than {@link MAX_DEPTH}. */
export class TooDeepError extends Error {}

/**
 * Follows a parser's events through a page and collects its readable blocks and its title.
 *
 * Every event takes constant time, whatever the page's depth.
 */
export class PageReader {
  readonly #open: OpenElement[] = [];
  readonly #place: Place = { inMain: false, inBoilerplate: false };
  readonly #writer = new BlockWriter(this.#place);
  readonly #counts = { unreadable: 0, main: 0, boilerplate: 0 };
  #mainElements = 0;
  #codeDepth = 0;
  #inTitle = false;
  #title = "";

  /** The page's blocks in order; complete after {@link end}. */
  get blocks(): readonly Block[] {
    return this.#writer.blocks;
  }

  /** The text of the first `<title>`, on one line. */
  get title(): string {
    return this.#title.replace(/\s+/g, " ").trim();
  }

  /** How many main elements the page has, those inside another not counted. */
  get mainElements(): number {
    return this.#mainElements;
  }

  openElement(name: string, attributes: Attributes): void {
    if (this.#open.length >= MAX_DEPTH) throw new TooDeepError(`elements nested over ${MAX_DEPTH} deep`);
    const element: OpenElement = {
      isUnreadable: isUnreadable(name, attributes),
      isMain: isMain(name, attributes),
      isBoilerplate: !isMain(name, attributes) && isBoilerplate(name, attributes),
    };
    // The line before belongs to the place outside this element.
    if (isBlock(name) && !this.#isSkipping) this.#writer.endLine();
    if (element.isMain && this.#counts.main === 0) this.#mainElements++;
    this.#open.push(element);
    this.#count(element, 1);
    if (this.#isSkipping) return;
    if (name === "title") this.#inTitle = this.#title === "";
    else this.#startElement(name, attributes);
  }

  text(data: string): void {
    if (this.#inTitle) this.#title += data;
    else if (!this.#isSkipping) this.#writer.addText(data);
  }

  closeElement(name: string): void {
    if (name === "title") this.#inTitle = false;
    if (!this.#isSkipping) this.#endElement(name);
    const element = this.#open.pop();
    if (element) this.#count(element, -1);
  }

  /** To be called once after the last event. */
  end(): void {
    this.#writer.endRow();
  }

  get #isSkipping(): boolean {
    return this.#counts.unreadable > 0;
  }

  #count(element: OpenElement, change: 1 | -1): void {
    if (element.isUnreadable) this.#counts.unreadable += change;
    if (element.isMain) this.#counts.main += change;
    if (element.isBoilerplate) this.#counts.boilerplate += change;
    this.#place.inMain = this.#counts.main > 0;
    this.#place.inBoilerplate = this.#counts.boilerplate > 0;
  }

  #startElement(name: string, attributes: Attributes): void {
    const level = headingLevel(name);
    if (level > 0) this.#writer.startHeading(level);
    else if (name === "li") this.#writer.startItem();
    else if (name === "br") this.#writer.breakLine();
    else if (name === "img") this.#writer.addText(attributes["alt"] ? ` ${attributes["alt"]} ` : "");
    else if (name === "table") this.#writer.endRow();
    else if (name === "tr") this.#writer.startRow();
    else if (name === "td" || name === "th") this.#writer.startCell();
    else if (name === "pre") this.#startCode();
  }

  #endElement(name: string): void {
    if (headingLevel(name) > 0 || name === "li") this.#writer.endMarked();
    else if (name === "table" || name === "tr") this.#writer.endRow();
    else if (name === "pre") this.#endCode();
    else if (isBlock(name)) this.#writer.endLine();
  }

  #startCode(): void {
    this.#codeDepth += 1;
    if (this.#codeDepth === 1) this.#writer.startCode();
  }

  #endCode(): void {
    this.#codeDepth -= 1;
    if (this.#codeDepth === 0) this.#writer.endCode();
  }
}
