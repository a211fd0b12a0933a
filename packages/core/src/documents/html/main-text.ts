import type { Block } from "./block-writer.ts";

/** The part of a page worth reading. */
export interface MainText {
  text: string;
  /** Characters of readable text that were left out as navigation and the like. */
  leftOutCharacters: number;
}

/** `<main>` is believed when it holds this much of the text outside navigation. */
const MIN_MAIN_SHARE = 0.4;
/** When less than this is left without navigation, the marks are wrong and all text is kept. */
const MIN_KEPT_SHARE = 0.3;

/**
 * Chooses the page's own text: its main element, else all but navigation, else everything.
 *
 * A page of several articles side by side has no main element: its heading and preface stand outside them all.
 */
export function mainText({
  blocks,
  mainElements,
}: {
  blocks: readonly Block[];
  mainElements: number;
}): MainText {
  const own = blocks.filter((block) => !block.inBoilerplate);
  const main = own.filter((block) => block.inMain);
  const total = lengthOf(blocks);
  const kept = chooseBlocks();
  return { text: joinBlocks(kept), leftOutCharacters: total - lengthOf(kept) };

  function chooseBlocks(): readonly Block[] {
    if (mainElements === 1 && lengthOf(main) >= MIN_MAIN_SHARE * lengthOf(own)) return main;
    return lengthOf(own) >= MIN_KEPT_SHARE * total ? own : blocks;
  }
}

function lengthOf(blocks: readonly Block[]): number {
  return blocks.reduce((sum, block) => sum + block.text.length, 0);
}

/** A blank line between blocks, but list items and table rows stand close together. */
function joinBlocks(blocks: readonly Block[]): string {
  const parts: string[] = [];
  let previous: Block["kind"] | undefined;
  for (const { kind, text } of blocks) {
    if (previous !== undefined) parts.push(isTight(kind) && kind === previous ? "\n" : "\n\n");
    parts.push(text);
    previous = kind;
  }
  return parts.join("");
}

function isTight(kind: Block["kind"]): boolean {
  return kind === "item" || kind === "row";
}
