import { randomFillSync } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** Random bytes are had in bulk: one by one they cost more than anything else that begins a run. */
const pool = Buffer.alloc(4_096);
let used = pool.length;

/** A random id of `length` base-32 characters (5 bits each), without letters that look alike. */
export function randomId(length: number): string {
  let id = "";
  for (let n = 0; n < length; n++) id += ALPHABET.charAt(randomByte() & 31);
  return id;
}

function randomByte(): number {
  if (used >= pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  return pool[used++] ?? 0;
}
