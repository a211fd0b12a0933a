import type { getDocumentProxy } from "unpdf";
import { documentError } from "../document-errors.ts";
import type { Source } from "../loader.ts";

/** A PDF that is open in pdf.js; to be ended with `destroy()`. */
export type OpenPdf = Awaited<ReturnType<typeof getDocumentProxy>>;

/**
 * Opens a PDF. The source's bytes stay as they are.
 *
 * @throws SluiceError DOCUMENT_ENCRYPTED when it needs a password to open, DOCUMENT_MALFORMED when broken.
 */
export async function openPdf(source: Source): Promise<OpenPdf> {
  const { getDocumentProxy } = await import("unpdf");
  // A copy, for pdf.js takes a buffer away from its owner; and a plain one, for it refuses a Buffer.
  const bytes = new Uint8Array(source.bytes);
  const pdf = await getDocumentProxy(bytes, { verbosity: 0 }).catch((error: unknown) => {
    throw openError(error, source.name);
  });
  if (pdf.numPages > 0) return pdf;
  await pdf.destroy();
  throw malformedPdf(source.name);
}

/**
 * True for an error of pdf.js. Its classes have no common base that it exports, and damage also makes it
 * throw a bare TypeError, so the place where the error was made is all there is.
 */
export function isPdfjsError(reason: unknown): boolean {
  const stack = reason instanceof Error ? (reason.stack ?? "") : "";
  const firstFrame = /\n\s+at [^\n]*/.exec(stack)?.[0] ?? "";
  return firstFrame.includes("pdfjs.mjs:");
}

/** How many images a page paints. A page that cannot be interpreted shows none. */
export async function countImages(pdf: OpenPdf, pageNumber: number): Promise<number> {
  const { getResolvedPDFJS } = await import("unpdf");
  const { OPS } = await getResolvedPDFJS();
  const paints = new Set([
    OPS.paintImageXObject,
    OPS.paintImageXObjectRepeat,
    OPS.paintInlineImageXObject,
    OPS.paintImageMaskXObject,
  ]);
  const page = await pdf.getPage(pageNumber);
  try {
    const operators = await page.getOperatorList();
    return operators.fnArray.filter((operator) => paints.has(operator)).length;
  } finally {
    page.cleanup();
  }
}

function openError(error: unknown, name: string): Error {
  // pdf.js does not export this class, so its name is all there is.
  const needsPassword = error instanceof Error && error.name === "PasswordException";
  if (!needsPassword) return malformedPdf(name, error);
  return documentError("DOCUMENT_ENCRYPTED", {
    name,
    problem: "is protected by a password; save a copy without one, for example with qpdf --decrypt.",
    cause: error,
  });
}

/** DOCUMENT_MALFORMED for a PDF; `cause` is what pdf.js said, if it said anything. */
export function malformedPdf(name: string, cause?: unknown): Error {
  return documentError("DOCUMENT_MALFORMED", {
    name,
    problem: "is not a valid PDF (cut off, empty or damaged); fetch it again or save it anew.",
    ...(cause === undefined ? {} : { cause }),
  });
}
