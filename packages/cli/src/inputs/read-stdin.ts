import { addAbortSignal } from "node:stream";
import { SluiceError } from "@sluice/core";
import { type Io, tell } from "../io.ts";

/** Largest text taken from standard input, in bytes: what a file may have. */
const MAX_STDIN_BYTES = 50 * 1024 * 1024;

/** After this long without a byte, a person may wonder what is being waited for. */
const SILENCE_MS = 2_000;

/**
 * Reads standard input to its end.
 *
 * @throws SluiceError DOCUMENT_TOO_LARGE, or the signal's AbortError.
 */
export async function readStdin(io: Pick<Io, "stdin" | "stderr" | "signal">): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const wondering = setTimeout(
    () => tell(io, "Reading standard input to its end; Ctrl-D ends what is typed."),
    SILENCE_MS,
  );
  try {
    const stdin: AsyncIterable<Uint8Array> = addAbortSignal(io.signal, io.stdin);
    for await (const chunk of stdin) {
      clearTimeout(wondering);
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > MAX_STDIN_BYTES) throw tooLarge();
    }
  } finally {
    clearTimeout(wondering);
  }
  return Buffer.concat(chunks);
}

function tooLarge(): SluiceError {
  return new SluiceError("DOCUMENT_TOO_LARGE", {
    message: `Standard input has more than ${MAX_STDIN_BYTES} bytes; split it.`,
    facts: { maxBytes: MAX_STDIN_BYTES },
  });
}
