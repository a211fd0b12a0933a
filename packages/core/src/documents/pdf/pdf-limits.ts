import { SECOND_MS } from "../../shared/duration.ts";

/** How much work one PDF may cause. */
export interface PdfLimits {
  /** Largest number of pages. Default 5,000. */
  maxPages: number;
  /** Largest amount of text, in bytes of UTF-8. Default 64 MB. */
  maxTextBytes: number;
  /** Time for the whole file, in milliseconds. Default 60 s. */
  baseTimeMs: number;
  /** Time added for each page of the file, in milliseconds. Default 50. */
  timePerPageMs: number;
}

/** Wide enough for a book of a thousand pages on a slow machine. */
export const DEFAULT_PDF_LIMITS: PdfLimits = {
  maxPages: 5000,
  maxTextBytes: 64 * 1024 * 1024,
  baseTimeMs: 60 * SECOND_MS,
  timePerPageMs: 50,
};

/** How far the reading of one PDF has come. */
export interface PdfProgress {
  pageCount: number;
  textBytes: number;
  elapsedMs: number;
}

/** The limit that was passed, as the rest of a sentence about the file; undefined when none was. */
export function passedLimit(progress: PdfProgress, limits: PdfLimits): string | undefined {
  const { pageCount, textBytes, elapsedMs } = progress;
  if (pageCount > limits.maxPages) return `has ${pageCount} pages, over the limit of ${limits.maxPages}`;
  if (textBytes > limits.maxTextBytes) return `holds over ${limits.maxTextBytes} bytes of text`;
  const maxTimeMs = limits.baseTimeMs + pageCount * limits.timePerPageMs;
  if (elapsedMs > maxTimeMs) return `took over ${maxTimeMs} ms to read`;
  return undefined;
}
