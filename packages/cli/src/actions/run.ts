import { openAccount } from "../account/account.ts";
import { loadProject, registryOf } from "../config/project.ts";
import type { ExitCode } from "../exit-codes.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import type { Io } from "../io.ts";
import { openStore } from "../working/open-store.ts";
import { runBatch } from "../working/run-batch.ts";
import { checkResultPath } from "../output/result-file.ts";

/** What `sluice run` is given. */
export interface RunValues {
  pipeline: string;
  paths: readonly string[];
  config?: string | undefined;
  simulate?: boolean | undefined;
  json?: boolean | undefined;
  out?: string | undefined;
  force?: boolean | undefined;
}

/** `sluice run`: everything that can be wrong is looked at before the first request is spent. */
export async function run(values: RunValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  const pipeline = registry.find(values.pipeline);
  const force = values.force ?? false;
  const target =
    values.out === undefined ? undefined : await checkResultPath(values.out, { cwd: io.cwd, force });
  const inputs = await expandPaths(values.paths, io.cwd);

  await using store = await openStore(project.settings);
  await using account = await openAccount(project.settings, io, store.backend);
  const { code } = await runBatch({
    backend: store.backend,
    router: account.router,
    registry,
    pipeline,
    inputs,
    concurrency: project.settings.concurrency.value,
    output: { json: values.json ?? false, target },
    io,
  });
  return code;
}
