import { SluiceError } from "../../errors/sluice-error.ts";

/** How deep LangChain is expected to wrap. */
const MAX_DEPTH = 8;

/**
 * The layer's own error inside one that LangChain has wrapped (its middleware does), or the error itself when there is
 * none.
 */
export function unwrapLayerError(error: unknown): unknown {
  let at = error;
  for (let depth = 0; depth < MAX_DEPTH && at instanceof Error; depth++) {
    if (SluiceError.is(at)) return at;
    at = at.cause;
  }
  return error;
}
