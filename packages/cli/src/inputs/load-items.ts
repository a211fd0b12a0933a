import { type Document, loadDocument, loadDocuments, toErrorRecord } from "@sluice/core";
import type { EnqueueItem } from "@sluice/worker";
import type { Io } from "../io.ts";
import type { Input } from "./expand-paths.ts";
import { readStdin } from "./read-stdin.ts";

/** Loads inputs one after the other; what cannot be loaded becomes an item with its error. */
export async function* loadItems(
  inputs: readonly Input[],
  io: Pick<Io, "stdin" | "stderr" | "signal">,
): AsyncGenerator<EnqueueItem> {
  if (inputs.some((input) => input.kind === "stdin")) yield await standardInput(io);
  const files = inputs.flatMap((input) => (input.kind === "file" ? [input.file] : []));
  for await (const outcome of loadDocuments(files)) {
    io.signal.throwIfAborted();
    yield "document" in outcome ? loaded(outcome.document) : failed(outcome.name, outcome.error);
  }
}

async function standardInput(io: Pick<Io, "stdin" | "stderr" | "signal">): Promise<EnqueueItem> {
  try {
    return loaded(await loadDocument({ name: "-", bytes: await readStdin(io) }));
  } catch (error) {
    return failed("-", error);
  }
}

function loaded(document: Document): EnqueueItem {
  return { document: { id: document.id, name: document.name }, input: document };
}

function failed(name: string, error: unknown): EnqueueItem {
  return { document: { id: null, name }, error: toErrorRecord(error, "DOCUMENT_UNREADABLE") };
}
