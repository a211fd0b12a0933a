import { type Task, textRequest } from "@sluice/core";
import { checkAccountIfStale } from "../account/check-account.ts";
import { parseChatLine } from "../asking/chat-input.ts";
import { ChatLines } from "../asking/chat-lines.ts";
import { ChatSession } from "../asking/chat-session.ts";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, tell } from "../io.ts";
import { openSession } from "../working/session.ts";

/** What `sluice chat` is given. */
export interface ChatValues {
  config?: string | undefined;
  simulate?: boolean | undefined;
  system?: string | undefined;
  task?: Task | "auto" | undefined;
  model?: readonly string[] | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
}

/** `sluice chat`: one question after the other, each with what was said before. */
export async function chat(values: ChatValues, io: Io): Promise<ExitCode> {
  const { system, task, model: models, temperature, maxTokens: maxOutputTokens } = values;
  const style = { system, task, models, temperature, maxOutputTokens };
  const { settings } = await loadProject(values, io);
  // Refuses a model that may cost money before anything is opened.
  textRequest({ messages: [], ...style });
  await using session = await openSession(settings, io);
  await checkAccountIfStale(session.router, io);
  const talk = new ChatSession(session.router, { style, io });
  using lines = new ChatLines(io, () => {
    if (!talk.stopAnswer()) lines[Symbol.dispose]();
  });
  if (io.stdin.isTTY) tell(io, "Each question costs one of today's free requests. /help, /exit");
  for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
    if (!(await talk.take(parseChatLine(line)))) break;
  }
  io.signal.throwIfAborted();
  return exitCodes.done;
}
