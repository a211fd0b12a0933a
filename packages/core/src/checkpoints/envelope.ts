import { promisify } from "node:util";
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  brotliDecompress,
  constants,
} from "node:zlib";
import { SluiceError } from "../errors/sluice-error.ts";
import { sha256 } from "../shared/hash.ts";

/** What this Sluice writes; a form that older ones could not read raises it. */
const SCHEMA_NUMBER = 1;

/** Below this size a text is stored as it is: what compressing saves is not worth its time. */
const LEAST_COMPRESSED_BYTES = 1024;
/** Above it a text is stored as it is, so that nothing larger ever has to be decompressed: see {@link unseal}. */
const MOST_COMPRESSED_BYTES = 32 * 1024 * 1024;
/** From this size on compressing is left to another thread; it takes less than half a millisecond below. */
const THREAD_BYTES = 32 * 1024;

/** Half of a SHA-256: enough to notice what is broken, and there is one for each step of each run. */
const HASH_LENGTH = 32;

/** `s1:j:` is followed by the JSON text itself, `s1:b:` by the same compressed, in base64. */
const ENVELOPE = /^s(\d{1,9}):(?:([jb]):([0-9a-f]{32}):)?/;

/** The fastest that still helps: 100 kB of text take a third of a millisecond to compress, and come to less than half. */
const compression: BrotliOptions = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

const compressInThread = promisify(brotliCompress);
const decompress = promisify(brotliDecompress);

/**
 * Seals a JSON text as one string with a schema number and its hash, compressed where that saves room:
 *
 * ```
 * s1:j:9f86d081884c7d659a2feaa0c55ad015:{"total":120.5}
 * s1:b:60303ae22b998861bce3b28f33eec1be:G5AfAGT5…
 * ```
 *
 * One string survives stores that reorder keys or refuse NUL, and a changed character is noticed.
 */
export async function seal(json: string): Promise<string> {
  const hash = hashOf(json);
  const compressed = await compress(json);
  const isSmaller = compressed !== undefined && compressed.length < json.length;
  return `s${SCHEMA_NUMBER}:${isSmaller ? `b:${hash}:${compressed}` : `j:${hash}:${json}`}`;
}

/**
 * Opens a sealed text and returns the JSON text that was sealed, to the letter.
 *
 * @throws SluiceError CHECKPOINT_INVALID when it is no envelope, or changed; BACKEND_NEWER when a newer Sluice sealed it.
 */
export async function unseal(text: string): Promise<string> {
  const [head = "", schema, form, hash] = ENVELOPE.exec(text) ?? [];
  if (Number(schema ?? 0) > SCHEMA_NUMBER) throw newer(Number(schema));
  if (form === undefined) throw damaged("it is no envelope");
  const body = text.slice(head.length);
  const json = form === "j" ? body : await expand(body);
  if (hashOf(json) !== hash) throw damaged("its hash does not fit");
  return json;
}

async function compress(json: string): Promise<string | undefined> {
  // A character has at most three bytes, and at least one.
  if (json.length < LEAST_COMPRESSED_BYTES || json.length > MOST_COMPRESSED_BYTES) return undefined;
  const bytes = Buffer.from(json);
  if (bytes.length > MOST_COMPRESSED_BYTES) return undefined;
  const compressed =
    bytes.length < THREAD_BYTES
      ? brotliCompressSync(bytes, compression)
      : await compressInThread(bytes, compression);
  return compressed.toString("base64");
}

/** Stops at the size that is never exceeded by what we wrote: somebody may have put a bomb into the store. */
async function expand(base64: string): Promise<string> {
  try {
    const bytes = await decompress(Buffer.from(base64, "base64"), { maxOutputLength: MOST_COMPRESSED_BYTES });
    return bytes.toString();
  } catch (cause) {
    throw damaged("it cannot be decompressed", cause);
  }
}

function hashOf(json: string): string {
  return sha256(json).slice(0, HASH_LENGTH);
}

function damaged(reason: string, cause?: unknown): SluiceError {
  return new SluiceError("CHECKPOINT_INVALID", {
    message: `A stored value is damaged (${reason}); it is not used.`,
    facts: { reason },
    ...(cause === undefined ? {} : { cause }),
  });
}

function newer(found: number): SluiceError {
  return new SluiceError("BACKEND_NEWER", {
    message: `A stored value was written by a newer Sluice (its schema is ${found}, this one knows ${SCHEMA_NUMBER}). Update Sluice here.`,
    facts: { version: found, known: SCHEMA_NUMBER },
  });
}
