import type { AnyPipeline, NamedStep } from "@sluice/core";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { renderPipeline } from "../render/pipeline.ts";

/** `sluice pipelines` */
export async function pipelines(
  { config, json }: { config?: string | undefined; json?: boolean | undefined },
  io: Io,
): Promise<ExitCode> {
  const project = await loadProject({ config }, io);
  const list = registryOf(project, io.cwd).list();
  if (json) await printJson(io, list.map(pipelineData));
  else if (list.length > 0) await print(io, list.map(renderPipeline).join("\n\n"));
  const [first] = list;
  tell(
    io,
    first
      ? `\nNext: ${programName(io.env)} run ${first.name} PATH…`
      : `${project.configFile} names no pipeline.`,
  );
  return exitCodes.done;
}

function pipelineData({ name, version, description, fingerprint, steps }: AnyPipeline) {
  return { name, version, description, fingerprint, steps: steps.map(stepData) };
}

function stepData({ name, step }: NamedStep) {
  if (step.kind !== "llm" && step.kind !== "agent") return { name, kind: step.kind };
  return { name, kind: step.kind, task: step.task, models: step.models };
}
