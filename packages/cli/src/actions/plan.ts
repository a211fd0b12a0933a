import { BatchPlanner, SluiceError } from "@sluice/core";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { announceFailures } from "../inputs/enqueue-paths.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { loadItems } from "../inputs/load-items.ts";
import { planItems } from "../inputs/plan-items.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { planData, renderPlan } from "../render/plan.ts";
import { openSession } from "../working/session.ts";

/** What `sluice plan` is given. */
export interface PlanValues {
  pipeline: string;
  paths: readonly string[];
  config?: string | undefined;
  simulate?: boolean | undefined;
  json?: boolean | undefined;
  fresh?: boolean | undefined;
}

/** How often to say how far the reading is, in documents. */
const TELL_EVERY = 500;

/** `sluice plan`: reads the documents and what is known of the account; asks no model and enqueues nothing. */
export async function plan(values: PlanValues, io: Io): Promise<ExitCode> {
  const { json = false, fresh = false } = values;
  const project = await loadProject(values, io);
  const pipeline = registryOf(project, io.cwd).find(values.pipeline);
  const inputs = await expandPaths(values.paths, io.cwd);
  await using session = await openSession(project.settings, io);
  const { router, backend } = session;
  await router.syncQuota().catch((error: unknown) => {
    const why = SluiceError.is(error) ? `: ${error.message}` : "";
    tell(io, `The server did not tell its own count${why}`);
  });
  const concurrency = project.settings.concurrency.value;
  const outlook = await router.outlook();
  const planner = new BatchPlanner({ pipeline, models: router, outlook, concurrency, fresh });
  const items = announceFailures(loadItems(inputs, io), io);
  let read = 0;
  for await (const _ of planItems(items, { backend, pipeline, planner, fresh })) {
    read += 1;
    if (read % TELL_EVERY === 0) tell(io, `${read} of ${inputs.length} documents read`);
  }
  const planned = planner.plan();
  if (json) await printJson(io, planData(planned));
  else await print(io, renderPlan(planned));
  tell(io, `Nothing was asked or queued. Next: ${programName(io.env)} run ${pipeline.name} …`);
  return exitCodes.done;
}
