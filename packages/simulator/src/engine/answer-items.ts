import type { ChatMessage } from "../chat-request.ts";
import type { AnsweredItem } from "../packs/packed-request.ts";
import { answerOne } from "./answer-one.ts";
import { fillSchema } from "./fill.ts";
import { findSchema } from "./find-schema.ts";
import type { PackedQuestion } from "./packed-question.ts";
import { Reading } from "./reading.ts";
import { asObject, type JsonSchema, textOf } from "./schema.ts";
import { readSource } from "./source.ts";

/** Answers the items of a packed request one by one, each as if it had been asked about alone. */
export async function answerItems(question: PackedQuestion): Promise<AnsweredItem[]> {
  const { prefix, items, suffix } = question.packed;
  const answered: AnsweredItem[] = [];
  for (const item of items) {
    const alone = { role: "user", content: `${prefix}${item.text}${suffix}` };
    answered.push({ ...item, fields: await answerFields([alone], question) });
  }
  return answered;
}

/** The answer to a packed request as it is sent. */
export function packedContent(entries: ReadonlyArray<Readonly<Record<string, unknown>>>): string {
  return JSON.stringify({ items: entries });
}

async function answerFields(
  messages: ChatMessage[],
  { fields, root }: PackedQuestion,
): Promise<Record<string, unknown>> {
  const reading = new Reading(readSource(messages));
  if (isPlainText(fields)) return { text: await answerOne(reading, findSchema({ messages }, false)) };
  return { ...asObject(await fillSchema(fields, reading, root)) };
}

/** True for entries of nothing but an id and a text, which plain answers come in. */
function isPlainText(fields: JsonSchema): boolean {
  const properties = asObject(fields["properties"]) ?? {};
  const isAlone = Object.keys(properties).join() === "text";
  return isAlone && textOf(asObject(properties["text"]) ?? {}, "type") === "string";
}
