import {
  type Backend,
  type BatchProgress,
  type BatchRecord,
  batchProgress,
  countRuns,
  type Found,
  type RunRecord,
  type StatusCounts,
  type Watched,
} from "@sluice/worker";
import { type Rest, RestWatch, restOf } from "./rest.ts";

/** What `sluice watch` and `sluice logs` look at. */
export interface Target {
  watched: Watched;
  progress(): Promise<BatchProgress>;
  /** Why nothing goes on now; undefined while something does, or may. */
  restOf(progress: BatchProgress): Promise<Rest | undefined>;
}

/** A run, a batch, or everything there is. */
export function targetOf(backend: Backend, found: Found | undefined): Target {
  if (found?.kind === "batch") return batchTarget(backend, found.batch);
  if (found?.kind === "run") return runTarget(backend, found.run);
  return {
    watched: {},
    progress: async () => progressOf(await countRuns(backend)),
    // Somebody may enqueue more.
    restOf: async () => undefined,
  };
}

/** Nobody works here: what the records say is all that is known. */
const NO_WORKER = { closed: null, atWork: 0 };

function batchTarget(backend: Backend, { id, total }: BatchRecord): Target {
  const watch = new RestWatch(backend, { batchId: id });
  return {
    watched: { batchId: id },
    progress: () => batchProgress(backend, { id, total }),
    restOf: ({ counts }) => watch.look(counts, NO_WORKER),
  };
}

function runTarget(backend: Backend, { id }: Pick<RunRecord, "id">): Target {
  const read = () => backend.runs.get(id);
  return {
    watched: { runId: id },
    progress: async () => {
      const run = await read();
      return progressOf(run ? { [run.status]: 1 } : {});
    },
    restOf: async () => {
      const run = await read();
      if (run?.status === "parked" || run?.status === "waiting") return restOf([run], Date.now());
      return run?.status === "queued" && (await backend.queue.isPaused()) ? { kind: "paused" } : undefined;
    },
  };
}

const NONE: StatusCounts = {
  queued: 0,
  running: 0,
  parked: 0,
  waiting: 0,
  completed: 0,
  failed: 0,
  cancelled: 0,
};

function progressOf(some: Partial<StatusCounts>): BatchProgress {
  const counts = { ...NONE, ...some };
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return { counts, finished: counts.completed + counts.failed + counts.cancelled, total };
}
