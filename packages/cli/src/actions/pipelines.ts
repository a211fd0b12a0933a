import { type AnyPipeline, mermaid, SluiceError } from "@sluice/core";
import type { Registry } from "@sluice/worker";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { pipelineData, renderPipeline } from "../render/pipeline.ts";

/** What `sluice pipelines` was told. */
interface PipelinesOptions {
  config?: string | undefined;
  json?: boolean | undefined;
  /** Only the pipeline of this name, in all its versions. */
  name?: string | undefined;
  graph?: boolean | undefined;
}

/** `sluice pipelines` */
export async function pipelines(
  { config, json = false, name, graph = false }: PipelinesOptions,
  io: Io,
): Promise<ExitCode> {
  const project = await loadProject({ config }, io);
  const list = chosen(registryOf(project, io.cwd), name);
  if (graph && !json) return printGraph(list, io);
  const data = () => list.map((one) => pipelineData(one, { graph }));
  if (json) await printJson(io, data());
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

/** All pipelines, or all versions of one. @throws SluiceError PIPELINE_UNKNOWN */
function chosen(registry: Registry, name: string | undefined): readonly AnyPipeline[] {
  const all = registry.list();
  if (name === undefined) return all;
  const newest = registry.find(name);
  return all.filter((one) => one.name === newest.name);
}

/** A file of Mermaid holds one drawing: the newest version of the one pipeline that is left. */
async function printGraph(list: readonly AnyPipeline[], io: Io): Promise<ExitCode> {
  const [newest] = [...list].sort((a, b) => b.version - a.version);
  if (newest === undefined || list.some(({ name }) => name !== newest.name)) {
    const names = [...new Set(list.map(({ name }) => name))].join(", ");
    throw new SluiceError("OPTION_INVALID", {
      message: `--graph draws one pipeline: give its name too. The configuration has: ${names || "none"}.`,
      facts: { option: "--graph" },
    });
  }
  await print(io, mermaid(newest));
  if (list.length > 1) {
    tell(io, `This is ${newest.name}@${newest.version}, the newest of ${list.length} versions.`);
  }
  return exitCodes.done;
}
