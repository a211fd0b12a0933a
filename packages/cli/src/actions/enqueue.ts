import type { RunPriority } from "@sluice/worker";
import { plannerWithoutAccount } from "../account/batch-planner.ts";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { enqueueInputs } from "../inputs/enqueue-paths.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice enqueue` is given. */
export interface EnqueueValues {
  pipeline: string;
  paths: readonly string[];
  config?: string | undefined;
  json?: boolean | undefined;
  fresh?: boolean | undefined;
  ephemeral?: boolean | undefined;
  priority?: RunPriority | undefined;
  /** Milliseconds. */
  delay?: number | undefined;
}

/** `sluice enqueue`: asks no model and needs no key. */
export async function enqueue(values: EnqueueValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const pipeline = registryOf(project, io.cwd).find(values.pipeline);
  const inputs = await expandPaths(values.paths, io.cwd);
  await using store = await openStore(project.settings, (notice) => tell(io, notice));
  const { fresh, priority, delay: delayMs } = values;
  const concurrency = project.settings.concurrency.value;
  const terms = { pipeline, concurrency, fresh };
  const planner = await plannerWithoutAccount(project.settings, store.backend, terms);
  const request = { pipeline, inputs, fresh, priority, delayMs, planner };
  const { batchId, ...enqueued } = await enqueueInputs(store.backend, request, io);
  if (values.json) await printJson(io, { batch: batchId, ...enqueued });
  else await print(io, batchId);
  const program = programName(io.env);
  tell(io, `Next: ${program} worker --drain\n      ${program} show ${batchId}`);
  return enqueued.failed > 0 ? exitCodes.someFailed : exitCodes.done;
}
