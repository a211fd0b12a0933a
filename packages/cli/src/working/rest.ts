import { MINUTE_MS, type RunStatus } from "@sluice/core";
import type { Backend, BatchProgress, RunFilter, RunRecord } from "@sluice/worker";

/** Why there is nothing to do now. */
export type Rest =
  | { kind: "finished" }
  /** Runs are left, and none of them can be worked on soon. One of the two at least is not null. */
  | { kind: "resting"; parked: Parked | null; asking: Asking | null };

/** The first of the parked runs to come back. */
export interface Parked {
  /** Epoch milliseconds. */
  until: number;
  why: string;
}

/** Runs that wait for a person. */
interface Asking {
  count: number;
  /** One of them. */
  runId: string;
}

/** A run that nobody works on. */
export type RestingRun = Pick<RunRecord, "id" | "parkedUntil" | "parkedWhy" | "waitingFor">;

/** Waits up to this long are sat out: a full minute window opens again within 62 s. */
export const PATIENCE_MS = 1.5 * MINUTE_MS;

/** Decides whether everything left waits too long to be waited for; undefined when it is worth staying. */
export function restOf(resting: readonly RestingRun[], now: number): Rest | undefined {
  if (resting.length === 0) return { kind: "finished" };
  if (resting.some((run) => returnOf(run, now) <= now + PATIENCE_MS)) return undefined;
  const [first] = resting
    .filter(({ waitingFor }) => !waitingFor)
    .sort((a, b) => returnOf(a, now) - returnOf(b, now));
  const asking = resting.filter(({ waitingFor }) => waitingFor);
  return {
    kind: "resting",
    parked: first ? { until: returnOf(first, now), why: first.parkedWhy ?? "" } : null,
    asking: asking[0] ? { count: asking.length, runId: asking[0].id } : null,
  };
}

/** When a run goes on by itself; infinite when it does not. */
function returnOf({ parkedUntil, waitingFor }: RestingRun, now: number): number {
  return waitingFor ? (waitingFor.until ?? Number.POSITIVE_INFINITY) : (parkedUntil ?? now);
}

const RESTING: readonly RunStatus[] = ["parked", "waiting"];

/** Where a batch rests, or undefined while it is worked on. */
export async function restOfBatch(
  backend: Backend,
  batchId: string,
  { counts }: BatchProgress,
): Promise<Rest | undefined> {
  if (counts.queued + counts.running > 0) return undefined;
  if (counts.parked + counts.waiting === 0) return { kind: "finished" };
  return restOf(await collect(backend, { batchId, status: RESTING }), Date.now());
}

/** Where all batches rest, or undefined while anything is worked on. */
export async function restOfAll(backend: Backend): Promise<Rest | undefined> {
  const busy: RunStatus[] = ["queued", "running"];
  const working = await collect(backend, { status: busy, limit: 1 });
  if (working.length > 0) return undefined;
  return restOf(await collect(backend, { status: RESTING }), Date.now());
}

async function collect(backend: Backend, filter: RunFilter): Promise<RestingRun[]> {
  const runs: RestingRun[] = [];
  for await (const { id, parkedUntil, parkedWhy, waitingFor } of backend.runs.list(filter)) {
    runs.push({ id, parkedUntil, parkedWhy, waitingFor });
  }
  return runs;
}
