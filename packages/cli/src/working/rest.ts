import { MINUTE_MS, type RunStatus } from "@sluice/core";
import type { Backend, BatchProgress, RunFilter } from "@sluice/worker";

/** Why there is nothing to do now. */
export type Rest =
  | { kind: "finished" }
  /** Every run that is left waits until `until` (epoch milliseconds) or longer. */
  | { kind: "parked"; until: number; why: string };

/** A run in its waiting room. */
export interface ParkedRun {
  parkedUntil: number | null;
  parkedWhy: string | null;
}

/** Waits up to this long are sat out: a full minute window opens again within 62 s. */
export const PATIENCE_MS = 1.5 * MINUTE_MS;

/** Decides whether everything left waits too long to be waited for; undefined when it is worth staying. */
export function restOf(parked: readonly ParkedRun[], now: number): Rest | undefined {
  let first: Rest | undefined;
  for (const { parkedUntil, parkedWhy } of parked) {
    const until = parkedUntil ?? now;
    if (until <= now + PATIENCE_MS) return undefined;
    if (first?.kind !== "parked" || until < first.until) {
      first = { kind: "parked", until, why: parkedWhy ?? "" };
    }
  }
  return first ?? { kind: "finished" };
}

/** Where a batch rests, or undefined while it is worked on. */
export async function restOfBatch(
  backend: Backend,
  batchId: string,
  { counts }: BatchProgress,
): Promise<Rest | undefined> {
  if (counts.queued + counts.running > 0) return undefined;
  if (counts.parked === 0) return { kind: "finished" };
  return restOf(await collect(backend, { batchId, status: ["parked"] }), Date.now());
}

/** Where all batches rest, or undefined while anything is worked on. */
export async function restOfAll(backend: Backend): Promise<Rest | undefined> {
  const busy: RunStatus[] = ["queued", "running"];
  const working = await collect(backend, { status: busy, limit: 1 });
  if (working.length > 0) return undefined;
  return restOf(await collect(backend, { status: ["parked"] }), Date.now());
}

async function collect(backend: Backend, filter: RunFilter): Promise<ParkedRun[]> {
  const runs: ParkedRun[] = [];
  for await (const { parkedUntil, parkedWhy } of backend.runs.list(filter))
    runs.push({ parkedUntil, parkedWhy });
  return runs;
}
