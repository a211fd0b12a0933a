import { randomBytes } from "node:crypto";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** A random id of `length` base-32 characters (5 bits each), without letters that look alike. */
export function randomId(length: number): string {
  let id = "";
  for (const byte of randomBytes(length)) id += ALPHABET.charAt(byte & 31);
  return id;
}
