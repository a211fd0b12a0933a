import { createHash } from "node:crypto";

/** The key in an Authorization header, or null. */
export function bearerKey(authorization: string | undefined): string | null {
  const [, key] = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "") ?? [];
  return key ?? null;
}

/** What stands for the key of a request in the journal, or null without one. */
export function keyMark(authorization: string | undefined): string | null {
  const key = bearerKey(authorization);
  return key === null ? null : createHash("sha256").update(key).digest("hex").slice(0, 12);
}
