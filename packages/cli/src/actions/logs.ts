import { type Backend, find, keptEvents, type LoggedEvent } from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { loggedData, renderLogged } from "../render/logged.ts";
import { renderStanding } from "../render/standing.ts";
import { codeOf, followTarget } from "../working/follow-target.ts";
import { openStore } from "../working/open-store.ts";
import { type Target, targetOf } from "../working/target.ts";
import { createTroubleNotice } from "../working/trouble-notice.ts";

/** What `sluice logs` is given. */
export interface LogsValues {
  id: string;
  config?: string | undefined;
  json?: boolean | undefined;
  follow?: boolean | undefined;
}

/** `sluice logs` */
export async function logs(values: LogsValues, io: Io): Promise<ExitCode> {
  const { id, config, json = false, follow = false } = values;
  const { settings } = await loadProject({ config }, io);
  await using store = await openStore(settings);
  const { backend } = store;
  const found = await find(backend, id);
  const withRun = found.kind === "batch";
  const show = (event: LoggedEvent) =>
    json ? printJson(io, loggedData(event)) : print(io, renderLogged(event, { withRun }));
  const target = targetOf(backend, found);
  if (follow) return await followLogs(backend, target, { show, io });
  let shown = 0;
  for await (const event of keptEvents(backend, target.watched)) {
    if (io.signal.aborted) return exitCodes.interrupted;
    await show(event);
    shown += 1;
  }
  if (shown === 0) tell(io, `No events of ${id} are kept. Its state: ${programName(io.env)} show ${id}`);
  return exitCodes.done;
}

async function followLogs(
  backend: Backend,
  target: Target,
  { show, io }: { show(event: LoggedEvent): Promise<void>; io: Io },
): Promise<ExitCode> {
  const end = await followTarget(backend, target, {
    from: "kept",
    signal: io.signal,
    onEvent: show,
    onProgress: () => {},
    onError: createTroubleNotice((line) => tell(io, line)),
  });
  tell(io, renderStanding(end, programName(io.env)));
  return codeOf(end);
}
