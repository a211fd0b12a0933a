/** A key as OpenRouter gives them, which nobody may find anywhere. */
export const CANARY = "sk-or-v1-CANARY7q2mxz9lk4tn8rb1vc6yd3hs5jf0pgw7a2ee9uu4ii8oo1kk6mm3nn5";

const RANDOM_PART = CANARY.slice("sk-or-v1-".length);

/** Any piece of 16 characters has a block in it that begins at a multiple of this. */
const BLOCK = 8;

function blocksOf(form: string, length: number): string[] {
  const count = Math.floor(form.length / length);
  return Array.from({ length: count }, (_, at) => form.slice(at * length, (at + 1) * length));
}

/** Blocks of which any piece of the key's random part has one, as it is and in the forms that programs make of texts. */
const blocks: ReadonlyArray<[form: string, block: string]> = [
  ...blocksOf(RANDOM_PART, BLOCK).map((block) => ["plain", block] as const),
  ...blocksOf(Buffer.from(RANDOM_PART).toString("hex"), 2 * BLOCK).map((block) => ["hex", block] as const),
  ...blocksOf(Buffer.from(RANDOM_PART).toString("hex").toUpperCase(), 2 * BLOCK).map(
    (block) => ["hex", block] as const,
  ),
  // In base64 a text looks different by where it begins; what is random here has the same form in base64url.
  ...[0, 1, 2].flatMap((from) =>
    blocksOf(Buffer.from(RANDOM_PART.slice(from)).toString("base64").replace(/=+$/, ""), BLOCK).map(
      (block) => ["base64", block] as const,
    ),
  ),
].map(([form, block]) => [form, block]);

/** The forms in which the key, or any 16 characters of its random part, stand in a text or in bytes. */
export function tracesIn(where: string | Uint8Array): string[] {
  const bytes = Buffer.from(where);
  const found = blocks.flatMap(([form, block]) => (bytes.includes(block) ? [`${form}: ${block}`] : []));
  return [...new Set(found)];
}
