import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { walkSteps } from "../pipeline/children.ts";
import type { ApproveDefinition, Block, StepDefinition } from "../pipeline/step.ts";
import { checkValue, jsonSchemaOf } from "../shared/schema.ts";
import { StepOutputs } from "./step-outputs.ts";

/** Where the decision of an approve step is recorded. */
export function decisionPath(stepPath: string): string {
  return `${stepPath}#decision`;
}

/** A decision to be recorded. */
export interface DecideRequest {
  runId: string;
  pipeline: Block;
  /** The path of the approve step, as its run tells it. */
  step: string;
  decision: unknown;
}

/**
 * Decides an approve step of a run. The first decision counts; it is returned, whether this one or an earlier.
 *
 * @throws SluiceError OPTION_INVALID when no approve step has this path, or the decision does not fit its schema;
 *   OUTPUT_INVALID or OUTPUT_TOO_LARGE when it cannot be stored.
 */
export async function decide(checkpoints: CheckpointStore, request: DecideRequest): Promise<unknown> {
  const { runId, step: path, decision } = request;
  const step = approveStep(request.pipeline, path);
  const checked = await checkValue(step.decision, decision);
  if (!checked.ok) {
    throw new SluiceError("OPTION_INVALID", {
      message: `The decision does not fit step "${path}":\n${checked.problem}`,
      facts: { run: runId, step: path },
    });
  }
  const outputs = await StepOutputs.load({ runId, store: checkpoints, maxBytes: MAX_DECISION_BYTES });
  return outputs.record(decisionPath(path), decision);
}

/** A decision is a form, not a document. */
const MAX_DECISION_BYTES = 1024 * 1024;

/**
 * What a decision on an approve step must look like, as JSON schema; null where its schema tells none.
 *
 * @throws SluiceError OPTION_INVALID when no approve step has this path.
 */
export function decisionSchema(pipeline: Block, path: string): unknown {
  return jsonSchemaOf(approveStep(pipeline, path).decision, "input");
}

function approveStep(pipeline: Block, path: string): ApproveDefinition {
  const approvals: string[] = [];
  for (const { path: pattern, step } of walkSteps(pipeline)) {
    if (!isApprove(step)) continue;
    if (matches(pattern, path)) return step;
    approvals.push(pattern);
  }
  throw new SluiceError("OPTION_INVALID", {
    message: `There is no approve step "${path}" in the pipeline; there are: ${approvals.join(", ") || "none"}.`,
    facts: { step: path, approvals },
  });
}

function isApprove(step: StepDefinition): step is ApproveDefinition {
  return step.kind === "approve";
}

/** `*` stands for the number of an item, a round or a group. */
function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split("/"), path.split("/")];
  return (
    wanted.length === given.length &&
    wanted.every(
      (part, index) => part === given[index] || (part === "*" && /^\d+(\.\d+)?$/.test(given[index] ?? "")),
    )
  );
}
