import { randomId } from "../../shared/ids.ts";
import type { ModelRequest } from "../model-request.ts";
import type { Acceptance } from "../structured/accept-answer.ts";
import { composePack, packSchema } from "./compose-pack.ts";
import type { AnsweredBy, PackEntry } from "./pack-entry.ts";
import { type Learnt, reservedFor } from "./pack-size.ts";
import { type PackReading, readPack } from "./read-pack.ts";

/** What a reply came to for each question in a request. */
export interface PackVerdict {
  good: ReadonlyArray<{ entry: PackEntry; settle(by: AnsweredBy): void }>;
  bad: readonly PackEntry[];
  isCut: boolean;
  /** Entries under ids that nobody asked for, and items that were answered twice, differently. */
  idErrors: number;
}

/** Letters and digits of an item's id. */
const ID_LENGTH = 5;
const NONCE_LENGTH = 12;
/** Worked examples shown in one request. */
const MOST_EXAMPLES = 2;

/** One request for several questions of one key; the first of them tells what all have in common. */
export function packRequest(
  [first, ...others]: readonly [PackEntry, ...PackEntry[]],
  learnt: Learnt,
): ModelRequest<PackVerdict> {
  const entries = [first, ...others];
  const { request, terms, member } = first;
  const { isText } = member.needs;
  const ids = freshIds(entries.length + MOST_EXAMPLES);
  const examples = terms.examples
    .slice(0, MOST_EXAMPLES)
    .map((example, index) => ({ ...example, id: ids[entries.length + index] ?? "" }));
  const texts = [...entries.map((entry) => entry.terms.item), ...examples.map(({ item }) => item)];
  const nonce = freshNonce(texts);
  const items = entries.map((entry, index) => ({ id: ids[index] ?? "", text: entry.terms.item, entry }));
  const asked = { ids: items.map(({ id }) => id), nonce, isText };
  return {
    ...{ task: request.task, models: request.models, temperature: request.temperature },
    messages: composePack(terms, items, { nonce, isText, examples }),
    answer: packSchema(request.answer),
    accept: ({ text }) => judgePack(readPack(text, asked), items),
    maxOutputTokens: reservedFor(entries.length, learnt, member.needs),
    // What is missing joins the next request; nothing that was answered is asked again.
    maxRepairs: 0,
    takesCut: true,
    cache: false,
  };
}

/** Accepted when any item has a valid answer. */
async function judgePack(
  { answers, differing, foreign, isComplete }: PackReading,
  items: ReadonlyArray<{ id: string; entry: PackEntry }>,
): Promise<Acceptance<PackVerdict>> {
  const good: Array<PackVerdict["good"][number]> = [];
  const bad: PackEntry[] = [];
  let problem = "no item has an answer under its id";
  for (const { id, entry } of items) {
    const fields = answers.get(id);
    if (fields === undefined) {
      bad.push(entry);
      continue;
    }
    const judged = await entry.judge({ text: fields, toolCalls: [] });
    if ("settle" in judged) good.push({ entry, settle: judged.settle });
    else {
      bad.push(entry);
      problem = judged.problem;
    }
  }
  if (good.length === 0) return { ok: false, problem };
  return { ok: true, value: { good, bad, isCut: !isComplete, idErrors: differing.size + foreign } };
}

function freshIds(count: number): string[] {
  const ids = new Set<string>();
  while (ids.size < count) ids.add(randomId(ID_LENGTH));
  return [...ids];
}

/** A word that no item holds, nor any of the examples. */
function freshNonce(texts: readonly string[]): string {
  for (;;) {
    const nonce = randomId(NONCE_LENGTH);
    if (!texts.some((text) => text.includes(nonce))) return nonce;
  }
}
