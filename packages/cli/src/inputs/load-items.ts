import { type Document, loadDocument, loadDocuments, SluiceError, toErrorRecord } from "@sluice/core";
import type { EnqueueItem } from "@sluice/worker";
import type { Io } from "../io.ts";
import type { Input } from "./expand-paths.ts";

/** Largest text taken from standard input, in bytes: what a file may have. */
const MAX_STDIN_BYTES = 50 * 1024 * 1024;

/** Loads inputs one after the other; what cannot be loaded becomes an item with its error. */
export async function* loadItems(
  inputs: readonly Input[],
  io: Pick<Io, "stdin" | "signal">,
): AsyncGenerator<EnqueueItem> {
  if (inputs.some((input) => input.kind === "stdin")) yield await standardInput(io.stdin);
  const files = inputs.flatMap((input) => (input.kind === "file" ? [input.file] : []));
  for await (const outcome of loadDocuments(files)) {
    io.signal.throwIfAborted();
    yield "document" in outcome ? loaded(outcome.document) : failed(outcome.name, outcome.error);
  }
}

async function standardInput(stdin: Io["stdin"]): Promise<EnqueueItem> {
  try {
    return loaded(await loadDocument({ name: "-", bytes: await readAll(stdin) }));
  } catch (error) {
    return failed("-", error);
  }
}

async function readAll(stdin: Io["stdin"]): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    chunks.push(chunk);
    bytes += chunk.byteLength;
    if (bytes <= MAX_STDIN_BYTES) continue;
    throw new SluiceError("DOCUMENT_TOO_LARGE", {
      message: `Standard input has more than ${MAX_STDIN_BYTES} bytes; split it.`,
      facts: { maxBytes: MAX_STDIN_BYTES },
    });
  }
  return Buffer.concat(chunks);
}

function loaded(document: Document): EnqueueItem {
  return { document: { id: document.id, name: document.name }, input: document };
}

function failed(name: string, error: unknown): EnqueueItem {
  return { document: { id: null, name }, error: toErrorRecord(error, "DOCUMENT_UNREADABLE") };
}
