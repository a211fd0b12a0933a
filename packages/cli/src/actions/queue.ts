import {
  type Backend,
  countRuns,
  pausePipeline,
  pauseQueue,
  queueStatus as readStatus,
  resumePipeline,
  resumeQueue,
} from "@sluice/worker";
import { loadProject, type Project, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { plural } from "../render/events.ts";
import { printable } from "../render/printable.ts";
import { queueData, renderQueue } from "../render/queue.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice queue …` is given. */
export interface QueueValues {
  pipeline?: string | undefined;
  config?: string | undefined;
  json?: boolean | undefined;
}

/** `sluice queue status` */
export function queueStatus(values: QueueValues, io: Io): Promise<ExitCode> {
  return withStore(values, io, async (backend) => {
    const view = { ...(await readStatus(backend)), counts: await countRuns(backend) };
    if (values.json) await printJson(io, queueData(view));
    else await print(io, renderQueue(view));
  });
}

/** `sluice queue pause`: a pipeline must be one of the configuration, so that no misspelt name is paused. */
export function queuePause(values: QueueValues, io: Io): Promise<ExitCode> {
  const { pipeline } = values;
  return withStore(values, io, async (backend, project) => {
    if (pipeline !== undefined) registryOf(project, io.cwd).find(pipeline);
    const isNew = pipeline === undefined ? await pauseQueue(backend) : await pausePipeline(backend, pipeline);
    const already = isNew ? "" : " already";
    if (pipeline === undefined) {
      tell(io, `The queue is paused${already}: workers finish what they do and take nothing more.`);
    } else {
      tell(io, `Pipeline ${printable(pipeline)} is paused${already}: its runs rest, others go on.`);
    }
    tell(io, `Next: ${resumeCommand(io, pipeline)}`);
    await printState(backend, values, io);
  });
}

/** `sluice queue resume` */
export function queueResume(values: QueueValues, io: Io): Promise<ExitCode> {
  return withStore(values, io, async (backend) => {
    tell(
      io,
      await (values.pipeline === undefined ? resumeAll(backend, io) : resumeOne(backend, values.pipeline)),
    );
    await printState(backend, values, io);
  });
}

async function resumeAll(backend: Backend, io: Io): Promise<string> {
  const told = (await resumeQueue(backend)) ? "Workers take runs again." : "The queue was not paused.";
  const { pausedPipelines } = await readStatus(backend);
  const still = pausedPipelines.map(
    ({ name }) => `\n${printable(name)} is still paused: ${resumeCommand(io, name)}`,
  );
  return told + still.join("");
}

async function resumeOne(backend: Backend, pipeline: string): Promise<string> {
  const { wasPaused, broughtBack } = await resumePipeline(backend, pipeline);
  const name = printable(pipeline);
  const told = wasPaused ? `Pipeline ${name} goes on` : `Pipeline ${name} was not paused`;
  return broughtBack > 0 ? `${told}; ${plural(broughtBack, "run")} put back into the queue.` : `${told}.`;
}

function resumeCommand({ env }: Pick<Io, "env">, pipeline: string | undefined): string {
  return `${programName(env)} queue resume${pipeline === undefined ? "" : ` ${printable(pipeline)}`}`;
}

async function printState(backend: Backend, { json }: QueueValues, io: Io): Promise<void> {
  if (json) await printJson(io, queueData(await readStatus(backend)));
}

async function withStore(
  values: QueueValues,
  io: Io,
  act: (backend: Backend, project: Project) => Promise<void>,
): Promise<ExitCode> {
  const project = await loadProject(values, io);
  await using store = await openStore(project.settings);
  await act(store.backend, project);
  return exitCodes.done;
}
