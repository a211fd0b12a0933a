import { z } from "zod";
import { type ChunkOptions, chunkText } from "../../documents/chunk.ts";
import type { Page } from "../../documents/document.ts";
import { madeFrom } from "../made-from.ts";
import type { Step } from "../step.ts";
import { code } from "../steps/code.ts";

/** Options of {@link splitDocument}. */
export interface SplitDocumentOptions<View> extends ChunkOptions {
  /** The text to split. */
  text: (view: View) => string;
  /** The pages that the text was made from, as a loaded document has them: each chunk then says where it begins. */
  pages?: ((view: View) => readonly Page[] | undefined) | undefined;
}

const chunkSchema = z.object({
  text: z.string(),
  index: z.number().int(),
  start: z.number().int(),
  end: z.number().int(),
  page: z.number().int().optional(),
});

/** A chunk of a document: `text.slice(start, end)` of the text it was cut from, and the page on which it begins. */
export type DocumentChunk = z.infer<typeof chunkSchema>;

/**
 * A step that cuts a text into chunks at headings, blank lines and sentences; it asks no model. See {@link chunkText}.
 *
 * ```ts
 * .step("chunks", splitDocument({ text: ({ input }) => input.text, pages: ({ input }) => input.pages, maxTokens: 1_000 }))
 * .step("notes", map({ over: ({ steps }) => steps.chunks, each: (chunk) => chunk.step("note", llm({ … })) }))
 * ```
 *
 * The chunks are recorded: a text near the pipeline's `limits.outputBytes` needs a higher one.
 *
 * @throws SluiceError OPTION_INVALID for a size outside its rule.
 */
export function splitDocument<View>(options: SplitDocumentOptions<View>): Step<View, DocumentChunk[]> {
  const { text, pages, ...size } = options;
  // A wrong size is told now and not in the first run.
  chunkText("", size);
  const step = code<View, DocumentChunk[]>({
    output: z.array(chunkSchema),
    run: (view) => {
      const whole = text(view);
      const starts = pageStarts(whole, pages?.(view) ?? []);
      return chunkText(whole, size).map((chunk) => ({ ...chunk, page: pageAt(starts, chunk.start) }));
    },
  });
  return madeFrom(options, step);
}

interface PageStart {
  number: number;
  start: number;
}

/** Where each page begins in the text, as far as the pages stand there one after the other. */
function pageStarts(text: string, pages: readonly Page[]): PageStart[] {
  const starts: PageStart[] = [];
  let at = 0;
  for (const page of pages) {
    const own = page.text.trim();
    if (own === "") continue;
    const start = text.slice(at).search(/\S/) + at;
    if (!text.startsWith(own, start)) break;
    starts.push({ number: page.number, start });
    at = start + own.length;
  }
  return starts;
}

function pageAt(starts: readonly PageStart[], position: number): number | undefined {
  return starts.findLast(({ start }) => start <= position)?.number;
}
