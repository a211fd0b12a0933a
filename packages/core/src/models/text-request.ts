import type { ChatMessage } from "./chat.ts";
import { assertFreeId } from "./free-only.ts";
import type { ModelRequest } from "./model-request.ts";
import type { Task } from "./profiles.ts";
import { acceptText } from "./structured/accept-answer.ts";

/** A question by hand, answered in plain text. */
export interface TextQuestion {
  messages: readonly ChatMessage[];
  /** Default "auto": chosen by the text. */
  task?: Task | "auto" | undefined;
  /** Only these models, in this order; each id must end in ":free". */
  models?: readonly string[] | undefined;
  /** Default 0.7: people like variety more than machines do. */
  temperature?: number | undefined;
  /** Tokens reserved for the answer. Default 2,048. */
  maxOutputTokens?: number | undefined;
  /** Take the answer from the cache, and store it there. Default false. */
  cache?: boolean | undefined;
}

/**
 * The request of a question by hand.
 *
 * @throws SluiceError NOT_FREE for a model id that may cost money.
 */
export function textRequest(question: TextQuestion): ModelRequest<string> {
  const {
    messages,
    task = "auto",
    models,
    temperature = 0.7,
    maxOutputTokens = 2_048,
    cache = false,
  } = question;
  for (const id of models ?? []) assertFreeId(id, "--model");
  return { messages, task, models, accept: acceptText, temperature, maxOutputTokens, maxRepairs: 0, cache };
}
