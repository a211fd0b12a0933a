import type { Schedule } from "@sluice/worker";
import { checkAccount } from "../account/check-account.ts";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { loadScheduled } from "../inputs/load-scheduled.ts";
import { type Io, programName, tell } from "../io.ts";
import { renderTick } from "../render/schedules.ts";
import { renderResting } from "../render/summary.ts";
import { createReporter, type Reporter } from "../working/reporter.ts";
import { watchAll } from "../working/rest.ts";
import { renderMetricsPlace, serveMetrics } from "../working/serve-metrics.ts";
import { openSession } from "../working/session.ts";
import { type WorkEnd, workOff } from "../working/work-off.ts";

/** What `sluice worker` is given. */
export interface WorkerValues {
  config?: string | undefined;
  simulate?: boolean | undefined;
  ephemeral?: boolean | undefined;
  drain?: boolean | undefined;
  noCache?: boolean | undefined;
  metricsPort?: number | undefined;
  metricsHost?: string | undefined;
}

/** `sluice worker`: works off what anybody enqueued on this backend. */
export async function worker(values: WorkerValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  const concurrency = project.settings.concurrency.value;
  await using session = await openSession(project.settings, io, {
    askAnew: values.noCache,
    onNotice: (notice) => tell(io, notice),
  });
  const { backend, router } = session;
  await using reporter = createReporter(backend, io);
  const port = project.settings.metricsPort.value;
  await using metrics = await serveMetrics({ port, host: values.metricsHost }, session, reporter);
  await checkAccount(router, io);
  tell(io, `Working on ${backend.kind} (${backend.location}), ${concurrency} runs at a time.`);
  if (metrics) tell(io, renderMetricsPlace(metrics));
  const lookAtAll = watchAll(backend);
  const end = await workOff({
    backend,
    registry,
    router,
    concurrency,
    // One that ends when nothing is left to do would be gone in the middle of a tick.
    schedules: values.drain ? undefined : { load: loadScheduled(io), onTick: sayOfTick(reporter) },
    retention: project.settings.retention.value,
    reporter,
    observer: metrics?.observer,
    program: programName(io.env),
    signal: io.signal,
    lookAround: async (atWork) => (values.drain ? lookAtAll(atWork) : undefined),
  });
  return conclude(end, values, io);
}

/** Says what a tick came to, when it came to anything. */
function sayOfTick({ say }: Pick<Reporter, "say">): (schedule: Schedule) => void {
  return (schedule) => {
    const { name, lastTick } = schedule;
    if (lastTick && (lastTick.batchId !== null || lastTick.error))
      say(`Schedule ${name}: ${renderTick(schedule, lastTick)}.`);
  };
}

function conclude(end: WorkEnd, { drain }: WorkerValues, io: Io): ExitCode {
  switch (end.kind) {
    case "halted":
      throw end.error;
    case "paused":
    case "resting":
      tell(io, `Nothing is left to do now: ${renderResting(end, programName(io.env))}`);
      return exitCodes.parked;
    case "finished":
      tell(io, "Nothing is left to do.");
      return exitCodes.done;
    case "interrupted":
      tell(io, "Stopped; what was under way goes on with the next worker.");
      // Being stopped is how a worker that does not drain ends.
      return drain ? exitCodes.interrupted : exitCodes.done;
  }
}
