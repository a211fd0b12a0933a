import type { Backend } from "../../backend/backend.ts";
export async function openEmbeddedBackend(_o: {
  home: string;
  lock?: { durationMs: number; stalledMs: number };
}): Promise<Backend> {
  throw new Error("todo");
}
