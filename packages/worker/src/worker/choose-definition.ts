import type { AnyPipeline } from "@sluice/core";
import type { RunRecord } from "../backend/run-record.ts";
import type { RunStores } from "./patient-stores.ts";
import type { Registry } from "./registry.ts";
import { decideVersion, standingOf } from "./version-policy.ts";

/**
 * The definition that a run is executed with; recorded with the run when it is another than it was enqueued for.
 *
 * @throws SluiceError PIPELINE_UNKNOWN when the registry has no pipeline of the run's name, VERSION_MISMATCH when it
 *   has, but not the definition that the run has begun with.
 */
export async function chooseDefinition(
  run: RunRecord,
  { backend, registry }: { backend: RunStores; registry: Registry },
): Promise<AnyPipeline> {
  const standing = standingOf(run, registry.list());
  if (standing.kind === "unknown") return registry.find(run.pipeline, run.version);
  // Only read when it matters: nearly every run finds its definition as it was.
  const hasBegun = standing.kind === "changed" && (await backend.checkpoints.read(run.id)).size > 0;
  const decision = decideVersion(run, standing, hasBegun);
  if (decision.kind === "refuse") throw decision.error;
  if (decision.kind === "adopt") {
    const { fingerprint } = decision.pipeline;
    await backend.runs.update(run.id, (present) => ({ ...present, fingerprint }));
  }
  return decision.pipeline;
}
