import { type OpenRouter, routeTask, type Task, type TextQuestion, textRequest } from "@sluice/core";
import { checkAccountIfStale } from "../account/check-account.ts";
import { announceWait } from "../asking/announce-wait.ts";
import { compareModels } from "../asking/compare-models.ts";
import { messagesOf } from "../asking/conversation.ts";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { readQuestion } from "../inputs/read-question.ts";
import { columnsOf, type Io, print, printJson, tell } from "../io.ts";
import { type ComparedAnswer, renderComparison } from "../render/comparison.ts";
import { printable } from "../render/printable.ts";
import { renderQuotaLeft } from "../render/summary.ts";
import { openSession } from "../working/session.ts";

/** What `sluice compare` is given. */
export interface CompareValues {
  question: string;
  config?: string | undefined;
  json?: boolean | undefined;
  simulate?: boolean | undefined;
  models?: readonly string[] | undefined;
  system?: string | undefined;
  task?: Task | "auto" | undefined;
  temperature?: number | undefined;
  maxTokens?: number | undefined;
}

/** `sluice compare`: the same question to several models, one request each when nothing fails. */
export async function compare(values: CompareValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  const content = await readQuestion(values.question, io);
  const question = questionOf(values, content);
  // Refuses a model that may cost money before anything is opened.
  textRequest({ ...question, models: values.models });
  await using session = await openSession(settings, io);
  const { router } = session;
  await checkAccountIfStale(router, io);
  const models = values.models ?? (await firstCandidates(router, { task: values.task, content }));
  tell(io, `Asking ${models.map(printable).join(", ")}.`);
  await announceWait(router, io);
  const onAnswer = ({ model, finish }: ComparedAnswer) =>
    tell(io, `${printable(model)}: ${printable(finish)}`);
  const answers = await compareModels(router, { question, models, signal: io.signal, onAnswer });
  if (values.json) await printJson(io, answers);
  else await print(io, renderComparison(answers, columnsOf(io.stdout)));
  tell(io, renderQuotaLeft(await router.ledger.status()));
  return codeOf(answers);
}

function questionOf({ system, task, temperature, maxTokens }: CompareValues, content: string): TextQuestion {
  const messages = messagesOf([], { system, question: content });
  return { messages, task, temperature, maxOutputTokens: maxTokens };
}

/** How many models are compared when none is named: each costs a request. */
const DEFAULT_MODELS = 3;

async function firstCandidates(
  router: OpenRouter,
  { task = "auto", content }: { task: Task | "auto" | undefined; content: string },
): Promise<string[]> {
  const candidates = await router.candidates(task === "auto" ? routeTask(content) : task);
  return candidates.slice(0, DEFAULT_MODELS);
}

function codeOf(answers: readonly ComparedAnswer[]): ExitCode {
  const failed = answers.filter(({ answer }) => answer === null).length;
  if (failed === 0) return exitCodes.done;
  if (answers.every(({ finish }) => finish === "QUOTA_CLOSED")) return exitCodes.parked;
  return failed < answers.length ? exitCodes.someFailed : exitCodes.error;
}
