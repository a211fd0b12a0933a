import type { Metadata } from "../document.ts";
import { documentError, emptyError } from "../document-errors.ts";
import { decodeText } from "../encoding.ts";
import { mainText } from "../html/main-text.ts";
import { PageReader, TooDeepError } from "../html/page-reader.ts";
import type { Loader } from "../loader.ts";

/**
 * Reads the text a person would read on a web page: its main part, without scripts, menus and footers.
 * `leftOutCharacters` in the metadata says how much text was taken for menus and left out.
 */
export const htmlLoader: Loader = {
  mediaType: "text/html",
  extensions: [".html", ".htm", ".xhtml"],
  recognises: (head) => PAGE_START.test(asciiOf(head)),
  async load(source) {
    const { text: html, encoding } = await decodeText(source, declaredCharset(source.bytes));
    const page = await readPage(html, source.name);
    const { text, leftOutCharacters } = mainText(page);
    if (text === "") throw emptyError(source.name, "the page has no readable text; it may need its scripts");
    const metadata: Metadata = { encoding };
    if (page.title !== "") metadata["title"] = page.title;
    if (leftOutCharacters > 0) metadata["leftOutCharacters"] = leftOutCharacters;
    return { text, metadata };
  },
};

const PAGE_START = /^\s*(<\?xml[^>]*>\s*)?(<!--[^>]*-->\s*)*(<!doctype\s+html|<html[\s>])/i;

/** The bytes as latin-1 without byte order marks and the zeros of UTF-16: enough to see the markup. */
function asciiOf(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.filter((byte) => byte !== 0)).toString("latin1");
  return text.replace(/^(\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, "");
}

/** The charset named in the page's first bytes, where the standard wants it. */
function declaredCharset(bytes: Uint8Array): string | undefined {
  return /<meta[^>]{1,200}?charset\s*=\s*["']?([\w-]{1,40})/i.exec(asciiOf(bytes.subarray(0, 1024)))?.[1];
}

/** The parser is fed in pieces so that a page that nests too deep ends early. */
const PIECE_CHARACTERS = 64 * 1024;

async function readPage(html: string, name: string): Promise<PageReader> {
  const { Parser } = await import("htmlparser2");
  const reader = new PageReader();
  const parser = new Parser({
    onopentag: (element, attributes) => reader.openElement(element, attributes),
    ontext: (data) => reader.text(data),
    onclosetag: (element) => reader.closeElement(element),
  });
  try {
    for (let start = 0; start < html.length; start += PIECE_CHARACTERS) {
      parser.write(html.slice(start, start + PIECE_CHARACTERS));
    }
    parser.end();
  } catch (error) {
    throw error instanceof TooDeepError ? tooDeep(error, name) : error;
  }
  reader.end();
  return reader;
}

function tooDeep(error: TooDeepError, name: string): Error {
  return documentError("DOCUMENT_MALFORMED", {
    name,
    problem: `has ${error.message}, which no real page does; leave it out or repair its markup.`,
    cause: error,
  });
}
