import { posix } from "node:path";
import { unsupportedError } from "./document-errors.ts";
import type { Loader, Source } from "./loader.ts";
import { htmlLoader } from "./loaders/html.ts";
import { markdownLoader } from "./loaders/markdown.ts";
import { pdfLoader } from "./loaders/pdf.ts";
import { textLoader } from "./loaders/text.ts";
import { binaryKindByContent, binaryKindByExtension } from "./unsupported-formats.ts";

/** Every loader, in the order in which they are asked. */
export const loaders: readonly Loader[] = [pdfLoader, htmlLoader, markdownLoader, textLoader];

/** How much of a file the loaders look at to recognise it, in bytes. */
const HEAD_BYTES = 1024;

/**
 * The loader for a source: by its first bytes, else by its name's ending, else plain text.
 *
 * @throws SluiceError DOCUMENT_UNSUPPORTED when content or name belongs to a binary format without a loader.
 */
export function selectLoader(source: Source): Loader {
  const head = source.bytes.subarray(0, HEAD_BYTES);
  const recognised = loaders.find((loader) => loader.recognises?.(head));
  if (recognised) return recognised;

  const extension = posix.extname(source.name).toLowerCase();
  const binaryKind = binaryKindByContent(head) ?? binaryKindByExtension(extension);
  if (binaryKind !== undefined) throw unsupportedError(source.name, binaryKind);
  return loaders.find((loader) => loader.extensions.includes(extension)) ?? textLoader;
}
