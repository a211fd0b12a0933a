import { hash } from "node:crypto";
import { canonicalJson } from "./json.ts";

/** SHA-256 of text or bytes, in hex. */
export function sha256(data: string | Uint8Array): string {
  return hash("sha256", data, "hex");
}

/** SHA-256 of a value's canonical JSON: the same for equal values whatever their key order. */
export function hashValue(value: unknown): string {
  return sha256(canonicalJson(value));
}
