import { SluiceError } from "@sluice/core";
import {
  addSchedule,
  listSchedules,
  type RunPriority,
  removeSchedule,
  runSchedule,
  type ScheduleTiming,
} from "@sluice/worker";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { loadScheduled } from "../inputs/load-scheduled.ts";
import { columnsOf, type Io, print, printJson, programName, tell } from "../io.ts";
import { printable } from "../render/printable.ts";
import { renderNext, renderSchedules, renderTick, renderTiming, scheduleData } from "../render/schedules.ts";
import { openStore } from "../working/open-store.ts";

/** What every `sluice schedule …` is given. */
interface ScheduleValues {
  config?: string | undefined;
  json?: boolean | undefined;
}

/** What those are given that are about one schedule. */
export interface NamedScheduleValues extends ScheduleValues {
  name: string;
}

/** What `sluice schedule add` is given. */
export interface ScheduleAddValues extends NamedScheduleValues {
  pipeline: string;
  paths: readonly string[];
  cron?: string | undefined;
  tz?: string | undefined;
  /** Milliseconds. */
  every?: number | undefined;
  priority?: RunPriority | undefined;
  fresh?: boolean | undefined;
}

/** `sluice schedule add`: whatever can be wrong is looked at before anything is stored. */
export async function scheduleAdd(values: ScheduleAddValues, io: Io): Promise<ExitCode> {
  const timing = timingOf(values);
  const project = await loadProject(values, io);
  const { name: pipeline } = registryOf(project, io.cwd).find(values.pipeline);
  const { name, paths, priority, fresh } = values;
  if (paths.includes("-"))
    throw refused("A schedule cannot read standard input; name files, folders or globs.");
  await expandPaths(paths, io.cwd, { mayBeEmpty: true });
  await using store = await openStore(project.settings);
  const source = { kind: "paths", paths, folder: io.cwd } as const;
  const added = await addSchedule(store.backend, { name, pipeline, timing, source, priority, fresh });
  if (values.json) await printJson(io, scheduleData(added));
  else {
    const first = added.nextAt <= added.createdAt ? "at once" : renderNext(added, added.createdAt);
    await print(io, `Schedule ${name}: ${pipeline}, ${renderTiming(added)}; first ${first}.`);
  }
  tell(io, `Ticks are taken by a worker that stays: ${programName(io.env)} worker`);
  return exitCodes.done;
}

/** `sluice schedule ls` */
export async function scheduleLs(values: ScheduleValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  await using store = await openStore(settings);
  const schedules = await listSchedules(store.backend);
  if (values.json) for (const schedule of schedules) await printJson(io, scheduleData(schedule));
  else if (schedules.length === 0) tell(io, `There is no schedule in ${store.backend.location}.`);
  else await print(io, renderSchedules(schedules, { now: Date.now(), columns: columnsOf(io.stdout) }));
  return exitCodes.done;
}

/** `sluice schedule rm` */
export async function scheduleRm({ name, json, config }: NamedScheduleValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject({ config }, io);
  await using store = await openStore(settings);
  await removeSchedule(store.backend, name);
  if (json) await printJson(io, { schedule: name, removed: true });
  else await print(io, `Schedule ${name} is removed; what it queued stays.`);
  return exitCodes.done;
}

/** `sluice schedule run`: the tick is taken in this process, which reads the documents. */
export async function scheduleRun(values: NamedScheduleValues, io: Io): Promise<ExitCode> {
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  await using store = await openStore(project.settings);
  const load = loadScheduled(io);
  const schedule = await runSchedule(store.backend, values.name, { registry, load, signal: io.signal });
  io.signal.throwIfAborted();
  if (!schedule?.lastTick) {
    tell(io, `Another process is at work on a tick of schedule ${printable(values.name)}; nothing was done.`);
    return exitCodes.parked;
  }
  const { lastTick: tick } = schedule;
  if (values.json) await printJson(io, scheduleData(schedule));
  else await print(io, `Schedule ${schedule.name}: ${renderTick(schedule, tick)}.`);
  if (tick.error) return exitCodes.error;
  return tick.failed > 0 ? exitCodes.someFailed : exitCodes.done;
}

function timingOf({ cron, tz, every }: ScheduleAddValues): ScheduleTiming {
  if ((cron === undefined) === (every === undefined)) {
    throw refused('Say when: either --cron "0 7 * * 1-5" (with --tz ZONE), or --every 15min.');
  }
  if (every !== undefined) {
    if (tz !== undefined) throw refused("--tz belongs to --cron; --every counts from now on.");
    return { kind: "every", everyMs: every };
  }
  const timeZone = tz ?? new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return { kind: "cron", pattern: cron ?? "", timeZone };
}

function refused(message: string): SluiceError {
  return new SluiceError("OPTION_INVALID", { message });
}
