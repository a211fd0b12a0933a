import { SluiceError } from "../errors/sluice-error.ts";
import { sha256 } from "../shared/hash.ts";
import type { Document, Metadata, Page } from "./document.ts";
import { documentError, emptyError } from "./document-errors.ts";
import type { LoadedText, Loader, Source } from "./loader.ts";
import { readFileSafely } from "./safe-open.ts";
import { selectLoader } from "./select-loader.ts";

/** Options of {@link loadFile}. */
export interface LoadFileOptions {
  /** A folder that the file, with all links followed, must lie in. Default: anywhere. */
  root?: string | undefined;
  /** The document's name. Default: the path with forward slashes. */
  name?: string | undefined;
  /** Largest file size in bytes. Default 50 MB. */
  maxBytes?: number | undefined;
}

/** A file to load, and the name its document gets. */
export interface DocumentFile {
  path: string;
  name: string;
  root?: string | undefined;
}

/** Options of {@link loadDocuments}. */
export interface LoadDocumentsOptions {
  /** How many files are read at once. Default 4. More costs memory and gains little. */
  concurrency?: number | undefined;
  /** Largest file size in bytes. Default 50 MB. */
  maxBytes?: number | undefined;
}

/** What became of one file of {@link loadDocuments}. */
export type LoadOutcome = { name: string; document: Document } | { name: string; error: SluiceError };

/**
 * Makes a document of a source that is already read, for example from stdin.
 *
 * @throws SluiceError with a DOCUMENT_ code when there is no text to be had from it.
 */
export async function loadDocument(source: Source): Promise<Document> {
  const loader = selectLoader(source);
  const loaded = await loadWith(loader, source);
  const text = storable(loaded.text);
  if (text.trim() === "") throw emptyError(source.name, "nothing but unprintable characters");
  return {
    id: sha256(source.bytes),
    name: source.name,
    mediaType: loader.mediaType,
    text,
    ...(loaded.pages ? { pages: loaded.pages.map(storablePage) } : {}),
    metadata: storableMetadata(loaded.metadata ?? {}),
    bytes: source.bytes.byteLength,
  };
}

/**
 * Reads a file and makes a document of it.
 *
 * @throws SluiceError with a DOCUMENT_ code when the file cannot or must not be read or holds no text.
 */
export async function loadFile(path: string, options: LoadFileOptions = {}): Promise<Document> {
  const name = options.name ?? path.replaceAll("\\", "/");
  const { root, maxBytes } = options;
  const bytes = await readFileSafely(path, { name, root, maxBytes });
  return loadDocument({ name, bytes });
}

/**
 * Loads files one after the other, a few at a time: outcomes come in the order of the files, a file that
 * fails gives its error and stops no other, and no more files are held than are read at once.
 *
 * @throws SluiceError OPTION_INVALID, at once, when an option is outside its rule.
 */
export function loadDocuments(
  files: Iterable<DocumentFile>,
  options: LoadDocumentsOptions = {},
): AsyncIterable<LoadOutcome> {
  const { concurrency = 4, maxBytes } = options;
  requirePositiveInteger("concurrency", concurrency);
  if (maxBytes !== undefined) requirePositiveInteger("maxBytes", maxBytes);
  return streamOutcomes(files, { concurrency, maxBytes });
}

async function* streamOutcomes(
  files: Iterable<DocumentFile>,
  options: { concurrency: number; maxBytes: number | undefined },
): AsyncGenerator<LoadOutcome> {
  const underWay: Promise<LoadOutcome>[] = [];
  for (const file of files) {
    underWay.push(outcomeOf(file, options.maxBytes));
    if (underWay.length < options.concurrency) continue;
    const oldest = underWay.shift();
    if (oldest) yield await oldest;
  }
  for (const outcome of underWay) yield await outcome;
}

/** Never rejects: a consumer may stop early and leave outcomes behind that nobody awaits. */
async function outcomeOf(file: DocumentFile, maxBytes: number | undefined): Promise<LoadOutcome> {
  const { name, root, path } = file;
  try {
    return { name, document: await loadFile(path, { name, root, maxBytes }) };
  } catch (error) {
    return { name, error: SluiceError.is(error) ? error : internalError(name, error) };
  }
}

async function loadWith(loader: Loader, source: Source): Promise<LoadedText> {
  try {
    return await loader.load(source);
  } catch (error) {
    if (SluiceError.is(error)) throw error;
    throw documentError("DOCUMENT_MALFORMED", {
      name: source.name,
      problem: `could not be read as ${loader.mediaType}; it is damaged, or its kind was mistaken. Save it anew.`,
      facts: { mediaType: loader.mediaType },
      cause: error,
    });
  }
}

/** Text that JSON and every database keep unchanged: no zero characters, no halves of surrogate pairs. */
function storable(text: string): string {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\ufffd");
}

function storablePage(page: Page): Page {
  return { number: page.number, text: storable(page.text) };
}

function storableMetadata(metadata: Metadata): Metadata {
  const entries = Object.entries(metadata);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, typeof value === "string" ? storable(value) : value]),
  );
}

function internalError(name: string, cause: unknown): SluiceError {
  return documentError("INTERNAL", { name, problem: "could not be loaded for an unknown reason.", cause });
}

function requirePositiveInteger(option: string, value: number): void {
  if (Number.isSafeInteger(value) && value > 0) return;
  throw new SluiceError("OPTION_INVALID", {
    message: `The option ${option} of loadDocuments must be a whole number above 0, not ${value}.`,
    facts: { option },
  });
}
