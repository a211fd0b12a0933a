import { z } from "zod";

/** One page of a paged document; `number` counts from 1. */
export interface Page {
  number: number;
  text: string;
}

/** What a document carries besides its text; values are short and JSON-safe. */
export type Metadata = Record<string, string | number | boolean | null>;

/**
 * A loaded input. The same bytes are the same document, whatever their path.
 *
 * ```
 * { id: "9f2c…", name: "invoices/acme.pdf", mediaType: "application/pdf", text: "ACME GmbH …",
 *   pages: [{ number: 1, text: "ACME GmbH …" }], metadata: { title: "Invoice 17" }, bytes: 48211 }
 * ```
 */
export interface Document {
  /** SHA-256 of the file's bytes, in hex. */
  id: string;
  /** The path as the user gave it or as the glob found it, with forward slashes; `-` for stdin. */
  name: string;
  /** For example `text/plain`, `text/html`, `application/pdf`. */
  mediaType: string;
  /** The readable text; never empty. */
  text: string;
  /** Present for paged formats. */
  pages?: Page[];
  metadata: Metadata;
  /** Size of the file in bytes. */
  bytes: number;
}

/** The shape of a loaded document, for a pipeline's `input`. */
export const documentSchema = z.object({
  id: z.string(),
  name: z.string(),
  mediaType: z.string(),
  text: z.string(),
  pages: z.array(z.object({ number: z.number().int(), text: z.string() })).optional(),
  metadata: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  bytes: z.number().int(),
});
