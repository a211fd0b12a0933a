import { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import { sha256 } from "../shared/hash.ts";
import { parseJson } from "../shared/json.ts";

const SCHEMA_NUMBER = 1;

const envelopeSchema = z.object({ v: z.literal(SCHEMA_NUMBER), h: z.string(), p: z.string() });

/**
 * Seals a JSON text as one string with a schema number and its hash: `{"v":1,"h":"<sha-256 of p>","p":"<json>"}`.
 *
 * One string survives stores that reorder keys or refuse NUL, and a changed byte is noticed.
 */
export function seal(payload: string): string {
  return JSON.stringify({ v: SCHEMA_NUMBER, h: sha256(payload), p: payload });
}

/**
 * Opens a sealed text and returns the value inside, not yet checked against a schema.
 *
 * @throws SluiceError CHECKPOINT_INVALID when it is not an envelope, of another schema number, or changed.
 */
export function unseal(text: string): unknown {
  try {
    const envelope = envelopeSchema.parse(parseJson(text));
    if (sha256(envelope.p) !== envelope.h) throw new Error("hash mismatch");
    return JSON.parse(envelope.p);
  } catch (cause) {
    throw new SluiceError("CHECKPOINT_INVALID", {
      message: "A stored value is damaged or of another version; it is not used.",
      cause,
    });
  }
}
