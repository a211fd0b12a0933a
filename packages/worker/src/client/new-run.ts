import {
  type AnyPipeline,
  delayedState,
  type ErrorRecord,
  hashValue,
  queuedState,
  type RunState,
  randomId,
  transition,
  usageOf,
} from "@sluice/core";
import type { RunDocument, RunPriority, RunRecord } from "../backend/run-record.ts";
import type { NewRun } from "../backend/run-store.ts";

/** One run to be: an input, or the error that a document gave in its place. */
export type EnqueueItem = { document: RunDocument } & ({ input: unknown } | { error: ErrorRecord });

/** What all runs of a batch have in common. */
export interface RunTerms {
  pipeline: AnyPipeline;
  batchId: string;
  fresh: boolean;
  /** Failures to load a document are known again, too. */
  onlyNew: boolean;
  priority: RunPriority;
  /** Epoch milliseconds; in the past for a run that may begin at once. */
  notBefore: number;
}

/** A run of one item, with an id of its own. */
export function newRun(item: EnqueueItem, terms: RunTerms, now: number): NewRun {
  const { pipeline, batchId, fresh, priority } = terms;
  const record: RunRecord = {
    ...stateOf(item, terms, now),
    id: randomId(12),
    batchId,
    pipeline: pipeline.name,
    version: pipeline.version,
    fingerprint: pipeline.fingerprint,
    document: item.document,
    fresh,
    priority,
    inputKey: "input" in item || terms.onlyNew ? inputKey(item, pipeline) : null,
  };
  return { record, input: "input" in item ? (JSON.stringify(item.input) ?? "null") : null };
}

function stateOf(item: EnqueueItem, { notBefore }: RunTerms, now: number): RunState {
  const queued = queuedState(now);
  if ("input" in item) return notBefore > now ? delayedState(now, notBefore) : queued;
  return transition(queued, { type: "fail", error: item.error, usage: usageOf(queued) }, now) ?? queued;
}

/** Half of a SHA-256: enough to tell inputs apart, and the store keeps one for each run. */
const KEY_LENGTH = 32;

/**
 * The same for the same result: the document is part of it because a result line names it. What functions of the
 * pipeline take from elsewhere is not seen; a new version, or `fresh`, says that it has changed.
 */
export function inputKey(item: EnqueueItem, { name, version, fingerprint }: AnyPipeline): string {
  const content = "input" in item ? item.input : { error: item.error.code };
  return hashValue([name, version, fingerprint, item.document, content]).slice(0, KEY_LENGTH);
}
