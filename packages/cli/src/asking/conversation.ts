import { type ChatMessage, estimateTokens } from "@sluice/core";

/** What was asked and answered. */
export interface Turn {
  question: string;
  answer: string;
}

/** A conversation that fits, and how many of its oldest turns had to go for that. */
export interface FittedTurns {
  turns: readonly Turn[];
  dropped: number;
}

/** Estimates err: this share of the room stays free. */
const MARGIN = 0.1;

/** What a server adds to each message, in tokens. */
const MESSAGE_TOKENS = 4;

/**
 * The newest turns that fit into a model together with what stands anyway: the system prompt and the new question.
 *
 * @param room what the model takes besides its answer, in tokens.
 */
export function fitTurns(
  turns: readonly Turn[],
  { fixed, room }: { fixed: string; room: number },
): FittedTurns {
  let left = room * (1 - MARGIN) - tokensOf(fixed);
  let first = turns.length;
  for (const { question, answer } of turns.toReversed()) {
    left -= tokensOf(question) + tokensOf(answer);
    if (left < 0) break;
    first--;
  }
  return { turns: turns.slice(first), dropped: first };
}

function tokensOf(text: string): number {
  return estimateTokens(text) + MESSAGE_TOKENS;
}

/** The messages of a conversation up to the new question. */
export function messagesOf(
  turns: readonly Turn[],
  { system, question }: { system: string | undefined; question: string },
): ChatMessage[] {
  return [
    ...(system === undefined ? [] : [{ role: "system" as const, content: system }]),
    ...turns.flatMap((turn) => [
      { role: "user" as const, content: turn.question },
      { role: "assistant" as const, content: turn.answer },
    ]),
    { role: "user", content: question },
  ];
}
