import { type AnyPipeline, SluiceError } from "@sluice/core";
import type { RunRecord } from "../backend/run-record.ts";

/** What has become of the definition that a run was enqueued for. */
export type Standing =
  | { kind: "same"; pipeline: AnyPipeline }
  /** The version is registered, with another definition. */
  | { kind: "changed"; pipeline: AnyPipeline; newest: AnyPipeline }
  /** The version is not registered any more. */
  | { kind: "gone"; newest: AnyPipeline }
  /** No version of this pipeline is registered. */
  | { kind: "unknown" };

/** Which definition a run is executed with. */
export type VersionDecision =
  | { kind: "execute"; pipeline: AnyPipeline }
  /** The run has not begun: it takes the definition as it is now. */
  | { kind: "adopt"; pipeline: AnyPipeline }
  | { kind: "refuse"; error: SluiceError };

/** The part of a run that names its definition. */
export type DefinitionOfRun = Pick<RunRecord, "id" | "pipeline" | "version" | "fingerprint">;

/** Holds the definition that a run was enqueued for against those that are registered. */
export function standingOf(run: DefinitionOfRun, registered: readonly AnyPipeline[]): Standing {
  const versions = registered.filter(({ name }) => name === run.pipeline);
  const [newest] = [...versions].sort((a, b) => b.version - a.version);
  if (!newest) return { kind: "unknown" };
  const pipeline = versions.find(({ version }) => version === run.version);
  if (!pipeline) return { kind: "gone", newest };
  if (pipeline.fingerprint === run.fingerprint) return { kind: "same", pipeline };
  return { kind: "changed", pipeline, newest };
}

/**
 * Decides which definition a run goes on with: recorded steps are never mixed with another definition.
 *
 * @param hasBegun whether anything of the run is recorded.
 */
export function decideVersion(
  run: DefinitionOfRun,
  standing: Exclude<Standing, { kind: "unknown" }>,
  hasBegun: boolean,
): VersionDecision {
  switch (standing.kind) {
    case "same":
      return { kind: "execute", pipeline: standing.pipeline };
    case "gone":
      return { kind: "refuse", error: versionGone(run, standing.newest) };
    case "changed":
      if (!hasBegun) return { kind: "adopt", pipeline: standing.pipeline };
      return { kind: "refuse", error: definitionChanged(run, standing.newest) };
  }
}

function versionGone(run: DefinitionOfRun, newest: AnyPipeline): SluiceError {
  return new SluiceError("VERSION_MISMATCH", {
    message:
      `Run ${run.id} is of pipeline "${run.pipeline}" version ${run.version}, which is not registered any more. ` +
      `Register that version again, or begin the run anew on version ${newest.version}: sluice retry ${run.id}`,
    facts: { run: run.id, pipeline: run.pipeline, version: run.version, newest: newest.version },
  });
}

function definitionChanged(run: DefinitionOfRun, newest: AnyPipeline): SluiceError {
  return new SluiceError("VERSION_MISMATCH", {
    message:
      `The definition of pipeline "${run.pipeline}" changed under its version ${run.version} after run ${run.id} had ` +
      "begun; what is recorded of the run may not fit it. Raise the version whenever a definition changes. " +
      `Bring the old definition back, or begin the run anew on version ${newest.version}: sluice retry ${run.id}`,
    facts: { run: run.id, pipeline: run.pipeline, version: run.version, newest: newest.version },
  });
}
