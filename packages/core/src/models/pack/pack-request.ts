import { randomId } from "../../shared/ids.ts";
import { parseJson } from "../../shared/json.ts";
import type { ModelRequest } from "../model-request.ts";
import type { Acceptance } from "../structured/accept-answer.ts";
import { composePack, type FencedItem, packSchema } from "./compose-pack.ts";
import type { PackExample } from "./pack.ts";
import type { AnsweredBy, PackEntry } from "./pack-entry.ts";
import { type Learnt, reservedFor } from "./pack-size.ts";
import { answersAgree, chooseExamples } from "./pack-trust.ts";
import { type PackReading, readPack } from "./read-pack.ts";

/** What a reply came to for each question in a request. */
export interface PackVerdict {
  good: readonly GoodAnswer[];
  bad: readonly PackEntry[];
  /** Whether the item whose answer is known got that answer; undefined when there was none. */
  canary: boolean | undefined;
  isCut: boolean;
  /** Entries under ids that nobody asked for, and items that were answered twice, differently. */
  idErrors: number;
}

/** A valid answer to one item, not yet told. */
export interface GoodAnswer {
  entry: PackEntry;
  value: unknown;
  settle(by: AnsweredBy): void;
}

/** Letters and digits of an item's id. */
const ID_LENGTH = 5;
const NONCE_LENGTH = 12;

/** An item in a request: somebody's, or one whose answer is known. */
interface AskedItem extends FencedItem {
  entry: PackEntry | undefined;
}

/** One request for several questions of one key; the first of them tells what all have in common. */
export function packRequest(
  [first, ...others]: readonly [PackEntry, ...PackEntry[]],
  learnt: Learnt,
  random: () => number,
): ModelRequest<PackVerdict> {
  const entries = [first, ...others];
  const { request, terms, member } = first;
  const { isText } = member.needs;
  const { shown, canary } = chooseExamples(terms.examples, entries.length, [random(), random()]);
  const newId = idMaker();
  const examples = shown.map((example) => ({ ...example, id: newId() }));
  const items: AskedItem[] = entries.map((entry) => ({ id: newId(), text: entry.terms.item, entry }));
  if (canary) {
    const place = Math.floor(random() * (items.length + 1));
    items.splice(place, 0, { id: newId(), text: canary.item, entry: undefined });
  }
  const nonce = freshNonce([...items.map(({ text }) => text), ...examples.map(({ item }) => item)]);
  const asked = { ids: items.map(({ id }) => id), nonce, isText };
  return {
    ...{ task: request.task, models: request.models, temperature: request.temperature },
    messages: composePack(terms, items, { nonce, isText, examples }),
    answer: packSchema(request.answer),
    accept: ({ text }) => judgePack(readPack(text, asked), { items, canary, isText }),
    maxOutputTokens: reservedFor(items.length, learnt, member.needs),
    // What is missing joins the next request; nothing that was answered is asked again.
    maxRepairs: 0,
    takesCut: true,
    cache: false,
  };
}

/** Accepted when any item has a valid answer. */
async function judgePack(
  { answers, differing, foreign, isComplete }: PackReading,
  of: { items: readonly AskedItem[]; canary: PackExample | undefined; isText: boolean },
): Promise<Acceptance<PackVerdict>> {
  const good: GoodAnswer[] = [];
  const bad: PackEntry[] = [];
  let canary: boolean | undefined;
  let problem = "no item has an answer under its id";
  for (const { id, entry } of of.items) {
    const fields = answers.get(id);
    if (!entry) canary = isKnownAnswer(fields, of);
    else if (fields === undefined) bad.push(entry);
    else {
      const judged = await entry.judge({ text: fields, toolCalls: [] });
      if ("settle" in judged) good.push({ entry, ...judged });
      else {
        bad.push(entry);
        problem = judged.problem;
      }
    }
  }
  if (good.length === 0) return { ok: false, problem };
  return { ok: true, value: { good, bad, canary, isCut: !isComplete, idErrors: differing.size + foreign } };
}

function isKnownAnswer(
  fields: string | undefined,
  { canary, isText }: { canary: PackExample | undefined; isText: boolean },
): boolean | undefined {
  if (!canary || isText) return undefined;
  return fields !== undefined && answersAgree(parseJson(fields), parseJson(canary.answer));
}

/** Gives a new id each time. */
function idMaker(): () => string {
  const ids = new Set<string>();
  return () => {
    let id = randomId(ID_LENGTH);
    while (ids.has(id)) id = randomId(ID_LENGTH);
    ids.add(id);
    return id;
  };
}

/** A word that no item holds, nor any of the examples. */
function freshNonce(texts: readonly string[]): string {
  for (;;) {
    const nonce = randomId(NONCE_LENGTH);
    if (!texts.some((text) => text.includes(nonce))) return nonce;
  }
}
