import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { type Io, programName, tell } from "../io.ts";
import { checkResultPath } from "../output/result-file.ts";
import { renderNext } from "../render/summary.ts";
import { runBatch } from "../working/run-batch.ts";
import { openSession } from "../working/session.ts";
import { plan } from "./plan.ts";

/** What `sluice run` is given. */
export interface RunValues {
  pipeline: string;
  paths: readonly string[];
  config?: string | undefined;
  simulate?: boolean | undefined;
  json?: boolean | undefined;
  out?: string | undefined;
  force?: boolean | undefined;
  fresh?: boolean | undefined;
  ephemeral?: boolean | undefined;
  plan?: boolean | undefined;
}

/** `sluice run`: everything that can be wrong is looked at before the first request is spent. */
export async function run(values: RunValues, io: Io): Promise<ExitCode> {
  if (values.plan) return plan(values, io);
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  const pipeline = registry.find(values.pipeline);
  const force = values.force ?? false;
  const target =
    values.out === undefined ? undefined : await checkResultPath(values.out, { cwd: io.cwd, force });
  const inputs = await expandPaths(values.paths, io.cwd);

  await using session = await openSession(project.settings, io, { onNotice: (notice) => tell(io, notice) });
  const { code, batchId } = await runBatch({
    session,
    registry,
    pipeline,
    inputs,
    fresh: values.fresh,
    concurrency: project.settings.concurrency.value,
    output: { json: values.json ?? false, target },
    io,
  });
  if (code === exitCodes.done || code === exitCodes.someFailed) {
    tell(io, renderNext(batchId, { program: programName(io.env), isWritten: target !== undefined }));
  }
  return code;
}
