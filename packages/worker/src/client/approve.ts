import { isDeepStrictEqual } from "node:util";
import { type AnyPipeline, type Clock, decide, isFinished, SluiceError, systemClock } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { bringBack, wakeDecided } from "../backend/wake.ts";
import { Teller } from "./teller.ts";

/** A decision to be given. */
export interface ApproveRequest {
  /** The run's id. */
  run: string;
  /** The definition that the run is executed with: `registry.find(run.pipeline, run.version)`. */
  pipeline: AnyPipeline;
  /** The path of the approve step. Default: the step at which the run waits. */
  step?: string | undefined;
  /** Plain JSON that fits the step's schema. */
  decision: unknown;
  clock?: Clock | undefined;
}

/** What came of a decision. */
export interface Approval {
  step: string;
  /** The decision that counts, as it was given. */
  decision: unknown;
  /** Whether the decision that counts is this one; false when another was recorded before. */
  isThis: boolean;
}

/**
 * Decides an approve step, and puts the run that waits for it back into the queue. The first decision counts. With a
 * `step` a run may be decided before it gets there.
 *
 * @throws SluiceError RUN_NOT_FOUND; OPTION_INVALID when the run is finished, or no `step` is given and it does not
 *   wait, or there is no such approve step, or the decision does not fit: the message lists the problems.
 */
export async function approve(backend: Backend, request: ApproveRequest): Promise<Approval> {
  const { run: runId, pipeline, decision, clock = systemClock } = request;
  const run = await readRun(backend, runId);
  const step = request.step ?? run.waitingFor?.step;
  if (step === undefined || isFinished(run.status)) throw notWaiting(run);
  const standing = await decide(backend.checkpoints, { runId, pipeline, step, decision });
  // First the decision, then the look at the state: see `wakeDecided`.
  await wake(backend, await readRun(backend, runId), clock);
  return { step, decision: standing, isThis: isDeepStrictEqual(standing, asJson(decision)) };
}

/** A run that is queued already is added again, in case whoever woke it died before he could. */
async function wake(backend: Backend, run: RunRecord, clock: Clock): Promise<void> {
  if (await wakeDecided(backend, run, clock.now())) {
    await bringBack(backend.queue, run);
    const teller = new Teller(backend, clock);
    await teller.tell([run], ({ id }) => ({ type: "run.queued", runId: id, why: "decided" }));
  } else if (run.status === "queued") await backend.queue.add([run]);
}

async function readRun({ runs, location }: Backend, runId: string): Promise<RunRecord> {
  const run = await runs.get(runId);
  if (run) return run;
  throw new SluiceError("RUN_NOT_FOUND", {
    message: `There is no run ${runId} in ${location}.`,
    facts: { run: runId },
  });
}

function notWaiting({ id, status }: RunRecord): SluiceError {
  const next = isFinished(status)
    ? "there is nothing left to decide"
    : "name the step to decide it beforehand";
  return new SluiceError("OPTION_INVALID", {
    message: `Run ${id} does not wait for a decision, it is ${status}; ${next}.`,
    facts: { run: id, status },
  });
}

/** What is recorded of a decision that was accepted. */
function asJson(decision: unknown): unknown {
  return JSON.parse(JSON.stringify(decision));
}
