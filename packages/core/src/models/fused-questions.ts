import { isRecord } from "../shared/json.ts";
import type { AnswerMessage } from "./answer-message.ts";
import type { ChatMessage } from "./chat.ts";
import type { ModelRequest } from "./model-request.ts";
import type { PackTerms } from "./pack/pack.ts";
import type { AcceptAnswer, Acceptance } from "./structured/accept-answer.ts";
import { extractJson } from "./structured/extract-json.ts";

/** One of several questions about the same document. */
export interface FusedPart {
  /** Names the question among the others, and its field in the answer. */
  name: string;
  /** The question as it is asked alone. */
  request: ModelRequest<unknown>;
  /** What the question says around the document. */
  split: Pick<PackTerms, "before" | "item" | "after">;
  /** Judges the answer, when those of the parts before it that are known are these. */
  acceptAfter(known: Readonly<Record<string, unknown>>): AcceptAnswer<unknown>;
}

/** The accepted answers of a fused request, by the name of the question. */
export type FusedVerdict = ReadonlyMap<string, { value: unknown; message: AnswerMessage }>;

/** At least two questions. */
export type FusedParts = readonly [FusedPart, FusedPart, ...FusedPart[]];

/**
 * Several questions about one document as one request; it is accepted when any of them has a valid answer.
 *
 * ```
 * There are 2 tasks about the document below. Do each on its own.
 *
 * Task `kind`:
 * Choose the label that fits the document best. …
 * ```
 */
export function fuseQuestions(parts: FusedParts, shared: Pick<PackTerms, "item"> & { marker: string }) {
  const [{ request }] = parts;
  const wrapped = {
    before: `${tasksOf(parts)}\n\n<${shared.marker}>\n`,
    after: `\n</${shared.marker}>\n\n${contract(parts)}`,
  };
  const content = `${wrapped.before}${shared.item}${wrapped.after}`;
  const messages: ChatMessage[] = [{ role: "user", content }];
  const { task, models, temperature } = request;
  const fused: ModelRequest<FusedVerdict> = {
    ...{ task, models, temperature, messages },
    answer: { name: "answers", schema: schemaOf(parts) },
    accept: (message) => acceptParts(parts, message),
    maxOutputTokens: parts.reduce((sum, part) => sum + part.request.maxOutputTokens, 0),
    // A part that has no valid answer is asked alone: nothing that was answered is asked again.
    maxRepairs: 0,
    cache: false,
  };
  return { request: fused, split: { lead: [], item: shared.item, ...wrapped } };
}

/** Whether questions can stand in one request: asked of the same models in the same way, with schemas that go together. */
export function areFusable(one: ModelRequest<unknown>, other: ModelRequest<unknown>): boolean {
  const how = ({ task, models, temperature }: ModelRequest<unknown>) =>
    JSON.stringify([task, models ?? null, temperature]);
  return how(one) === how(other) && [one, other].every(hasPlainSchema);
}

/** References in a schema count from its root, where another one stands then. */
function hasPlainSchema({ answer }: ModelRequest<unknown>): boolean {
  return !JSON.stringify(answer?.schema ?? null).includes('"$ref"');
}

function tasksOf(parts: FusedParts): string {
  const head = `There are ${parts.length} tasks about the document below. Do each task on its own, as if there were no other.`;
  const tasks = parts.map(({ name, split: { before, after } }) => {
    const said = [before.trimEnd(), after.trim()].filter((text) => text !== "");
    return `Task \`${name}\`:\n${said.join("\n[the document]\n")}`;
  });
  return [head, ...tasks].join("\n\n");
}

function contract(parts: FusedParts): string {
  const fields = parts.map(({ name }) => `\`${name}\``).join(", ");
  return `Answer with one JSON object and nothing else. It has one field for each task, with that task's answer: ${fields}.`;
}

function schemaOf(parts: FusedParts): Record<string, unknown> {
  return {
    type: "object",
    properties: Object.fromEntries(
      parts.map(({ name, request }) => [name, request.answer?.schema ?? { type: "string" }]),
    ),
    required: parts.map(({ name }) => name),
    additionalProperties: false,
  };
}

async function acceptParts(parts: FusedParts, { text }: AnswerMessage): Promise<Acceptance<FusedVerdict>> {
  const json = extractJson(text);
  const fields = json.found && isRecord(json.value) ? json.value : {};
  const accepted = new Map<string, { value: unknown; message: AnswerMessage }>();
  const known: Record<string, unknown> = {};
  let problem = json.found ? "no task has a valid answer" : json.problem;
  for (const { name, request, acceptAfter } of parts) {
    const field = fields[name];
    if (field === undefined) continue;
    const message = { text: request.answer ? JSON.stringify(field) : String(field), toolCalls: [] };
    const acceptance = await acceptAfter(known)(message);
    if (acceptance.ok) {
      accepted.set(name, { value: acceptance.value, message });
      known[name] = acceptance.value;
    } else problem = `${name}: ${acceptance.problem}`;
  }
  return accepted.size > 0 ? { ok: true, value: accepted } : { ok: false, problem };
}
