import { fillSchema } from "./fill.ts";
import type { Reading } from "./reading.ts";
import type { JsonSchema } from "./schema.ts";
import { closestSentence, summarize } from "./sentences.ts";
import { meaningfulStems } from "./words.ts";

const PLAIN_ANSWER_CHARACTERS = 600;

/** The answer that one reading gives: JSON that follows the schema, or a few sentences when there is none. */
export async function answerOne(reading: Reading, schema: JsonSchema | null): Promise<string> {
  return schema === null ? plainAnswer(reading) : JSON.stringify(await fillSchema(schema, reading));
}

/**
 * The sentence nearest to the question, with the two that carry most of the document. Who wants a translation gets the
 * text as it stands: no word of it is translated, but no sentence is missing either.
 */
function plainAnswer(reading: Reading): string {
  const { sentences, question, text } = reading;
  if (/\btranslate\b/i.test(question)) return text;
  const answer = closestSentence(sentences, new Set(meaningfulStems(question)));
  const summary = summarize(sentences, PLAIN_ANSWER_CHARACTERS);
  if (answer === undefined || summary.includes(answer)) return summary || "There is no text to answer from.";
  return `${answer} ${summary}`.slice(0, PLAIN_ANSWER_CHARACTERS * 2);
}
