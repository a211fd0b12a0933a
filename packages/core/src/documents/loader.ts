import type { Metadata, Page } from "./document.ts";

/** A file's bytes with what is known of it before it is parsed. */
export interface Source {
  /** The path as shown to people. */
  name: string;
  bytes: Uint8Array;
}

/** What a loader makes of a source; `load-documents.ts` adds id, name and size. */
export interface LoadedText {
  text: string;
  pages?: Page[];
  metadata?: Metadata;
}

/**
 * Reads one format. One loader is one file in `loaders/`.
 *
 * A loader throws a SluiceError (`DOCUMENT_MALFORMED`, `DOCUMENT_ENCRYPTED`, `DOCUMENT_SCANNED`, …) and
 * never answers an empty text as success.
 */
export interface Loader {
  /** The media type its documents get. */
  mediaType: string;
  /** File name endings it reads, lower case, with the dot. */
  extensions: readonly string[];
  /** True when the first bytes say that this loader reads them, whatever the name. */
  recognises?(head: Uint8Array): boolean;
  load(source: Source): Promise<LoadedText>;
}
