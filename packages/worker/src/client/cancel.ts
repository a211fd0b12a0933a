import { type Clock, type RunStatus, systemClock, transition } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { takeOut } from "../backend/take-out.ts";
import { endOf } from "./end-of-run.ts";
import { Teller } from "./teller.ts";

/** What became of one run. */
export interface CancelledRun {
  run: string;
  /** False when it was finished already, or is gone. */
  isCancelled: boolean;
  /** The state it is in now; undefined when there is no such run. */
  status: RunStatus | undefined;
}

/** How many runs were cancelled, and how many there was nothing to cancel of. */
export interface CancelCounts {
  cancelled: number;
  finished: number;
}

/** Options of {@link cancel}. */
export interface CancelOptions {
  /** Told of each run. */
  onRun?: ((run: CancelledRun) => void) | undefined;
  clock?: Clock | undefined;
}

/** Runs that are cancelled at the same time: bounds memory and what is under way to the store. */
const CHUNK = 200;

/** The states of a run that can be cancelled. */
export const cancellable = ["queued", "running", "parked", "waiting"] as const satisfies readonly RunStatus[];

/**
 * Cancels runs, from any process: first in their records, so that it holds whatever dies next, then in the queue. A
 * worker that is at work on one stops within a second. What a run has recorded stays, and `retry` goes on from there.
 *
 * ```ts
 * await cancel(backend, backend.runs.list({ batchId, status: cancellable }));
 * ```
 */
export async function cancel(
  backend: Backend,
  runs: AsyncIterable<Pick<RunRecord, "id">> | Iterable<Pick<RunRecord, "id">>,
  { onRun = () => {}, clock = systemClock }: CancelOptions = {},
): Promise<CancelCounts> {
  const counts: CancelCounts = { cancelled: 0, finished: 0 };
  const teller = new Teller(backend, clock);
  const cancelChunk = async (runIds: readonly string[]) => {
    const outcomes = await Promise.all(runIds.map((runId) => cancelRun(backend, runId, clock.now())));
    const chunk = outcomes.map(({ outcome }) => outcome);
    // Also those that were cancelled before: whoever did it may have died before he came to the queue.
    const ended = chunk.filter(({ status }) => status === "cancelled");
    await takeOut(
      backend,
      ended.map(({ run }) => run),
    );
    const cancelled = outcomes.flatMap(({ run, outcome }) => (run && outcome.isCancelled ? [run] : []));
    await teller.tell(cancelled, endOf);
    for (const one of chunk) {
      counts[one.isCancelled ? "cancelled" : "finished"] += 1;
      onRun(one);
    }
  };
  let chunk: string[] = [];
  for await (const { id } of runs) {
    if (chunk.push(id) < CHUNK) continue;
    await cancelChunk(chunk);
    chunk = [];
  }
  await cancelChunk(chunk);
  return counts;
}

async function cancelRun({ runs }: Backend, runId: string, now: number) {
  const result = await runs.update(runId, (run) => transition(run, { type: "cancel" }, now));
  const outcome = { run: runId, isCancelled: result?.changed ?? false, status: result?.run.status };
  return { run: result?.run, outcome };
}
