import { setImmediate as nextTurn } from "node:timers/promises";
import { type Clock, systemClock } from "../../shared/clock.ts";
import type { Metadata, Page } from "../document.ts";
import { documentError, emptyError } from "../document-errors.ts";
import type { LoadedText, Source } from "../loader.ts";
import { countImages, isPdfjsError, malformedPdf, type OpenPdf, openPdf } from "./open-pdf.ts";
import { DEFAULT_PDF_LIMITS, type PdfLimits, passedLimit } from "./pdf-limits.ts";
import { withoutStrayRejections } from "./stray-rejections.ts";

/** Seams of {@link readPdf}. */
export interface ReadPdfOptions {
  /** Limits that differ from the default ones. */
  limits?: Partial<PdfLimits>;
  /** Default: the machine's clock. */
  clock?: Clock;
}

/** How many pages are searched for images when a file has no text at all. */
const MAX_PAGES_SEARCHED = 20;

/**
 * Reads all pages of a PDF.
 *
 * @throws SluiceError DOCUMENT_ENCRYPTED, DOCUMENT_MALFORMED, DOCUMENT_TOO_LARGE (pages, text or time),
 * DOCUMENT_SCANNED (images instead of text) or DOCUMENT_EMPTY.
 */
export function readPdf(source: Source, options: ReadPdfOptions = {}): Promise<LoadedText> {
  return withoutStrayRejections(isPdfjsError, () => readOpened(source, options));
}

async function readOpened(source: Source, options: ReadPdfOptions): Promise<LoadedText> {
  const pdf = await openPdf(source);
  try {
    return await readText(pdf, source.name, options);
  } catch (error) {
    throw isPdfjsError(error) ? malformedPdf(source.name, error) : error;
  } finally {
    await pdf.destroy();
  }
}

async function readText(pdf: OpenPdf, name: string, options: ReadPdfOptions): Promise<LoadedText> {
  const pages = await readPages(pdf, name, options);
  const text = pages
    .map((page) => page.text)
    .filter((page) => page !== "")
    .join("\n\n");
  if (text === "") throw await noTextError(pdf, name);
  return { text, pages, metadata: await metadataOf(pdf, pages) };
}

async function readPages(pdf: OpenPdf, name: string, options: ReadPdfOptions): Promise<Page[]> {
  const clock = options.clock ?? systemClock;
  const limits = { ...DEFAULT_PDF_LIMITS, ...options.limits };
  const pageCount = pdf.numPages;
  const startedAt = clock.now();
  const pages: Page[] = [];
  let textBytes = 0;

  for (let number = 1; number <= pageCount; number += 1) {
    const passed = passedLimit({ pageCount, textBytes, elapsedMs: clock.now() - startedAt }, limits);
    if (passed !== undefined) throw tooLarge(name, passed, { pages: pageCount, pagesRead: pages.length });
    const text = await readPage(pdf, number);
    textBytes += Buffer.byteLength(text);
    pages.push({ number, text });
    // pdf.js never leaves the event loop a turn by itself, and the process has locks and leases to renew.
    await nextTurn();
  }
  return pages;
}

async function readPage(pdf: OpenPdf, number: number): Promise<string> {
  const page = await pdf.getPage(number);
  try {
    const { items } = await page.getTextContent();
    const parts = items.map((item) => ("str" in item ? item.str + (item.hasEOL ? "\n" : "") : ""));
    return parts.join("").trim();
  } finally {
    page.cleanup();
  }
}

async function metadataOf(pdf: OpenPdf, pages: readonly Page[]): Promise<Metadata> {
  const metadata: Metadata = { pages: pages.length };
  const title = await titleOf(pdf);
  if (title !== undefined) metadata["title"] = title;
  const pagesWithoutText = pages.filter((page) => page.text === "").length;
  if (pagesWithoutText > 0) metadata["pagesWithoutText"] = pagesWithoutText;
  return metadata;
}

/** A broken information dictionary costs the title, not the document. */
async function titleOf(pdf: OpenPdf): Promise<string | undefined> {
  const info: unknown = await pdf.getMetadata().then(
    (metadata) => metadata.info,
    () => undefined,
  );
  const title = typeof info === "object" && info !== null && "Title" in info ? info.Title : undefined;
  return typeof title === "string" && title.trim() !== "" ? title.trim().slice(0, 300) : undefined;
}

/** Without text a file is a scan if its pages show images, else it is empty. */
async function noTextError(pdf: OpenPdf, name: string): Promise<Error> {
  const searched = Math.min(pdf.numPages, MAX_PAGES_SEARCHED);
  for (let number = 1; number <= searched; number += 1) {
    if ((await countImages(pdf, number)) > 0) return scannedError(name, pdf.numPages);
  }
  return emptyError(name, `${pdf.numPages} pages without images and without text in a readable font`);
}

function scannedError(name: string, pages: number): Error {
  return documentError("DOCUMENT_SCANNED", {
    name,
    problem:
      `holds images of ${pages === 1 ? "1 page" : `${pages} pages`} and no text; ` +
      "run OCR over it first, for example with ocrmypdf.",
    facts: { pages },
  });
}

function tooLarge(name: string, passed: string, facts: Record<string, number>): Error {
  return documentError("DOCUMENT_TOO_LARGE", {
    name,
    problem: `${passed}; split the file into smaller ones.`,
    facts,
  });
}
