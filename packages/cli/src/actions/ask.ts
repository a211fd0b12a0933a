import { type AttemptReport, type Task, type TextQuestion, textRequest } from "@sluice/core";
import { checkAccountIfStale } from "../account/check-account.ts";
import { announceWait } from "../asking/announce-wait.ts";
import { askByHand } from "../asking/ask-by-hand.ts";
import { messagesOf } from "../asking/conversation.ts";
import { LiveAnswer } from "../asking/live-answer.ts";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { readQuestion } from "../inputs/read-question.ts";
import { type Io, printJson, tell } from "../io.ts";
import { renderFailedAttempt, renderReplyLine } from "../render/answer.ts";
import { openSession, type Session } from "../working/session.ts";

/** What `sluice ask` is given. */
export interface AskValues {
  question: string;
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
  system?: string | undefined;
  task?: Task | "auto" | undefined;
  model?: readonly string[] | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
  cache?: boolean | undefined;
}

/** `sluice ask`: one question, one answer, through the same gate, ledger and chain as every run. */
export async function ask(values: AskValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  const question = questionOf(values, await readQuestion(values.question, io));
  // Refuses a model that may cost money before anything is opened.
  textRequest(question);
  await using session = await openSession(settings, io);
  await checkAccountIfStale(session.router, io);
  await announceWait(session.router, io);
  await answer({ question, session, json: values.json ?? false }, io);
  return exitCodes.done;
}

function questionOf(values: AskValues, content: string): TextQuestion {
  const { system, task, model: models, temperature, maxTokens: maxOutputTokens, cache } = values;
  const messages = messagesOf([], { system, question: content });
  return { messages, task, models, temperature, maxOutputTokens, cache };
}

async function answer(
  { question, session, json }: { question: TextQuestion; session: Session; json: boolean },
  io: Io,
): Promise<void> {
  const { router } = session;
  const call = { flow: "ask", signal: io.signal } as const;
  if (json) {
    const onAttempt = (attempt: AttemptReport) => {
      if (attempt.outcome !== "ok") tell(io, renderFailedAttempt(attempt));
    };
    return printJson(io, await askByHand(router, question, { ...call, onAttempt }));
  }
  const live = new LiveAnswer(io);
  try {
    const { onToken, onAttempt } = live;
    const reply = await askByHand(router, question, { ...call, onToken, onAttempt });
    await live.finish(reply.answer);
    tell(io, renderReplyLine(reply, await router.ledger.status()));
  } catch (error) {
    live.endLine();
    throw error;
  }
}
