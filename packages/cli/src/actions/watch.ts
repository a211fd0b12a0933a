import { type Backend, type Found, find, type LoggedEvent } from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import type { ExitCode } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { loggedData } from "../render/logged.ts";
import { renderStanding } from "../render/standing.ts";
import { renderWatched } from "../render/watched.ts";
import { type Activity, idle, noteEvent } from "../working/activity.ts";
import { type Display, openDisplay } from "../working/display.ts";
import { codeOf, followTarget } from "../working/follow-target.ts";
import { openStore } from "../working/open-store.ts";
import { targetOf } from "../working/target.ts";
import { createTroubleNotice } from "../working/trouble-notice.ts";

/** What `sluice watch` is given. */
export interface WatchValues {
  id?: string | undefined;
  config?: string | undefined;
  json?: boolean | undefined;
}

/** `sluice watch` */
export async function watch({ id, config, json = false }: WatchValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject({ config }, io);
  await using store = await openStore(settings);
  const { backend } = store;
  const found = id === undefined ? undefined : await find(backend, id);
  // Nothing that happens after the next line is missed.
  const after = await backend.events.newest();
  tell(io, `Watching ${nameOf(found)} on ${backend.kind} (${backend.location}).`);
  // A bar and lines of data do not share one terminal.
  const display = !json && io.stdout.isTTY ? openDisplay(io) : undefined;
  const say = (line: string) => (display ? display.line(line) : tell(io, line));
  let activity: Activity = idle;
  const show = json ? jsonLines(io) : plainLines(backend, { io, display });
  const end = await followTarget(backend, targetOf(backend, found), {
    from: { after },
    signal: io.signal,
    onEvent: async (event) => {
      activity = noteEvent(activity, event.event);
      await show(event);
    },
    onProgress: (progress) => display?.progress(progress, activity),
    onError: createTroubleNotice(say),
  }).finally(() => display?.close());
  tell(io, renderStanding(end, programName(io.env)));
  return codeOf(end);
}

function nameOf(found: Found | undefined): string {
  if (found === undefined) return "everything";
  return found.kind === "run" ? `run ${found.run.id}` : `batch ${found.batch.id}`;
}

type Show = (event: LoggedEvent) => Promise<void>;

function jsonLines(io: Io): Show {
  return (event) => printJson(io, loggedData(event));
}

/** Lines tell what ends, rests or is said. */
function plainLines(backend: Backend, { io, display }: { io: Io; display: Display | undefined }): Show {
  return async (logged) => {
    const question = await questionOf(backend, logged);
    const line = renderWatched(logged, { question, program: programName(io.env) });
    if (line === undefined) return;
    if (display?.hasBar) showAboveBar(display, logged, line);
    else await print(io, line);
  };
}

/** Of a large batch most runs go well: the bar counts them. */
function showAboveBar(display: Display, { event }: LoggedEvent, line: string): void {
  if (event.type !== "run.completed" && event.type !== "run.parked") display.line(line);
}

/** The log does not have it: it may quote a document. */
async function questionOf(backend: Backend, { event }: LoggedEvent): Promise<string> {
  if (event.type !== "run.waiting") return "";
  const run = await backend.runs.get(event.runId).catch(() => undefined);
  return run?.waitingFor?.question ?? "";
}
