import type { AnyPipeline } from "@sluice/core";
import { batchProgress, type Registry } from "@sluice/worker";
import { accountPlanner } from "../account/batch-planner.ts";
import { checkAccount } from "../account/check-account.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { enqueueInputs } from "../inputs/enqueue-paths.ts";
import type { Input } from "../inputs/expand-paths.ts";
import { type Io, programName, tell } from "../io.ts";
import { type ResultSummary, type WriteOptions, writeResults } from "../output/write-results.ts";
import { renderQuotaLeft, renderRest, renderSummary } from "../render/summary.ts";
import { createReporter } from "./reporter.ts";
import { RestWatch } from "./rest.ts";
import type { Session } from "./session.ts";
import { type WorkEnd, workOff } from "./work-off.ts";

/** A batch to be enqueued, worked off and shown. */
export interface BatchOptions {
  session: Session;
  registry: Registry;
  pipeline: AnyPipeline;
  inputs: readonly Input[];
  /** New runs, whatever runs and answers exist. */
  fresh?: boolean | undefined;
  concurrency: number;
  output: WriteOptions;
  io: Io;
}

/** What became of it. */
export interface BatchOutcome {
  batchId: string;
  code: ExitCode;
}

/**
 * Enqueues a batch, works it off in this process and shows its results.
 *
 * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE before anything is enqueued; and, with everything kept,
 *   the reason for which the account was halted.
 */
export async function runBatch(options: BatchOptions): Promise<BatchOutcome> {
  const { session, io } = options;
  const { backend, router } = session;
  await checkAccount(router, io);
  const planner = await accountPlanner(router, options);
  const { batchId, total } = await enqueueInputs(backend, { ...options, planner }, io);
  const batch = { id: batchId, total };
  const end = await work(batch, options);
  if (end.kind === "halted") throw end.error;
  if (end.kind !== "finished") {
    tell(io, renderRest(end, await batchProgress(backend, batch), programName(io.env)));
    return { batchId, code: end.kind === "interrupted" ? exitCodes.interrupted : exitCodes.parked };
  }
  const summary = await writeResults(backend, batchId, { ...options.output, io });
  await conclude(summary, options);
  return { batchId, code: summary.completed < summary.total ? exitCodes.someFailed : exitCodes.done };
}

async function work(batch: { id: string; total: number }, options: BatchOptions): Promise<WorkEnd> {
  const { session, io } = options;
  const { backend, router } = session;
  await using reporter = createReporter(backend, io);
  const watch = new RestWatch(backend, { batchId: batch.id });
  return await workOff({
    ...options,
    backend,
    router,
    reporter,
    program: programName(io.env),
    signal: io.signal,
    lookAround: async (worker) => {
      const progress = await batchProgress(backend, batch);
      reporter.onProgress(progress);
      return watch.look(progress.counts, worker);
    },
  });
}

async function conclude(summary: ResultSummary, { session, output, io }: BatchOptions): Promise<void> {
  tell(io, renderSummary(summary));
  const quota = await session.router.ledger.status().catch(() => undefined);
  if (quota) tell(io, renderQuotaLeft(quota));
  if (output.target) tell(io, `Results: ${output.target.path}`);
}
