import type { Metadata } from "../document.ts";
import { emptyError } from "../document-errors.ts";
import { decodeText } from "../encoding.ts";
import type { Loader } from "../loader.ts";

/** Reads Markdown as it stands: models read it well. Front matter stays text and is never evaluated. */
export const markdownLoader: Loader = {
  mediaType: "text/markdown",
  extensions: [".md", ".markdown", ".mdx"],
  async load(source) {
    const { text, encoding } = await decodeText(source);
    if (text.trim() === "") throw emptyError(source.name, "the file is empty or all white space");
    const title = firstHeading(text);
    const metadata: Metadata = title === undefined ? { encoding } : { title, encoding };
    return { text, metadata };
  },
};

const FENCE = /^ {0,3}(```|~~~)/;
const FRONT_MATTER = /^---[^\n]*\n/;
/** A title further down than this is not the document's. */
const TITLE_LINES = 200;
const MAX_TITLE_LENGTH = 300;

/** The text of the first `# heading` or underlined heading outside front matter and code. */
function firstHeading(text: string): string | undefined {
  const lines = withoutFrontMatter(text).split("\n", TITLE_LINES);
  let fence: string | undefined;
  for (const [index, line] of lines.entries()) {
    const mark = FENCE.exec(line)?.[1];
    if (mark !== undefined && (fence === undefined || fence === mark)) {
      fence = fence === undefined ? mark : undefined;
      continue;
    }
    if (fence !== undefined) continue;
    const title = headingText(line, lines[index + 1] ?? "");
    if (title !== undefined) return title.slice(0, MAX_TITLE_LENGTH);
  }
  return undefined;
}

function headingText(line: string, next: string): string | undefined {
  const hashed = /^ {0,3}#{1,6}[ \t]+(\S.*)$/.exec(line)?.[1];
  if (hashed !== undefined) return withoutClosingHashes(hashed.trim());
  const isUnderlined = /^=+[ \t]*$/.test(next) && line.trim() !== "";
  return isUnderlined ? line.trim() : undefined;
}

/** `Title ##` is written for `Title`; `C#` keeps its sign. */
function withoutClosingHashes(heading: string): string {
  let end = heading.length;
  while (heading[end - 1] === "#") end -= 1;
  return heading[end - 1] === " " ? heading.slice(0, end).trim() : heading;
}

function withoutFrontMatter(text: string): string {
  if (!FRONT_MATTER.test(text)) return text;
  const end = text.indexOf("\n---\n", 3);
  return end < 0 ? text : text.slice(end + "\n---\n".length);
}
