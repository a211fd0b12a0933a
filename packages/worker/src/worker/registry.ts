import { type AnyPipeline, SluiceError } from "@sluice/core";

/** The pipelines a process knows, by name and version. */
export interface Registry {
  /**
   * The pipeline of this name: the given version, or the newest.
   *
   * @throws SluiceError PIPELINE_UNKNOWN with the list of those there are.
   */
  find(name: string, version?: number): AnyPipeline;
  list(): readonly AnyPipeline[];
}

/**
 * Makes a registry.
 *
 * @throws SluiceError PIPELINE_INVALID when two pipelines share name and version.
 */
export function createRegistry(pipelines: readonly AnyPipeline[]): Registry {
  const seen = new Set<string>();
  for (const pipeline of pipelines) {
    const id = `${pipeline.name}@${pipeline.version}`;
    if (seen.has(id)) {
      throw new SluiceError("PIPELINE_INVALID", {
        message: `Two pipelines are named ${id}; raise the version of the newer one.`,
        facts: { pipeline: pipeline.name },
      });
    }
    seen.add(id);
  }
  const newestFirst = [...pipelines].sort((a, b) => b.version - a.version);
  return {
    list: () => pipelines,
    find(name, version) {
      const found = newestFirst.find(
        (one) => one.name === name && (version === undefined || one.version === version),
      );
      if (found) return found;
      throw unknownPipeline(name, version, [...seen]);
    },
  };
}

function unknownPipeline(name: string, version: number | undefined, known: readonly string[]): SluiceError {
  const wanted = version === undefined ? `"${name}"` : `"${name}" version ${version}`;
  const list = known.length > 0 ? known.join(", ") : "none";
  return new SluiceError("PIPELINE_UNKNOWN", {
    message: `There is no pipeline ${wanted}. The configuration has: ${list}.`,
    facts: { name, known },
  });
}
