import type { Loader } from "../loader.ts";
import { readPdf } from "../pdf/read-pdf.ts";

const MARK = /(^|[\r\n])%PDF-\d\.\d\s/;

/**
 * Reads the text layer of a PDF, page by page.
 *
 * A PDF named `.pdf` may have other bytes before its mark. Under any other name the mark must begin a line,
 * so that source code and notes that mention it stay text.
 */
export const pdfLoader: Loader = {
  mediaType: "application/pdf",
  extensions: [".pdf"],
  recognises: (head) => MARK.test(Buffer.from(head.subarray(0, 1024)).toString("latin1")),
  load: (source) => readPdf(source),
};
