import {
  contextOf,
  freeModels,
  type OpenRouter,
  outputLimitOf,
  SluiceError,
  type TextQuestion,
  textRequest,
} from "@sluice/core";
import { type Io, tell } from "../io.ts";
import { renderReplyLine } from "../render/answer.ts";
import { renderError } from "../render/error.ts";
import { plural } from "../render/events.ts";
import { announceWait } from "./announce-wait.ts";
import { askByHand } from "./ask-by-hand.ts";
import { CHAT_HELP, type ChatInput } from "./chat-input.ts";
import { fitTurns, messagesOf, type Turn } from "./conversation.ts";
import { LiveAnswer } from "./live-answer.ts";

/** How every question of a chat is put. */
export type ChatStyle = Pick<TextQuestion, "task" | "models" | "temperature" | "maxOutputTokens"> & {
  system: string | undefined;
};

/** Tokens reserved for an answer when nothing else is said. */
const ANSWER_TOKENS = 2_048;

/** A conversation in memory: it ends with the process. */
export class ChatSession {
  readonly #router: OpenRouter;
  readonly #io: Io;
  #style: ChatStyle;
  #turns: readonly Turn[] = [];
  #answering: AbortController | undefined;

  constructor(router: OpenRouter, { style, io }: { style: ChatStyle; io: Io }) {
    this.#router = router;
    this.#io = io;
    this.#style = style;
  }

  /** Ends the answer that is being written. @returns false when there is none. */
  stopAnswer(): boolean {
    this.#answering?.abort(new Error("stopped"));
    return this.#answering !== undefined;
  }

  /** Does what a line says. @returns false when nothing is to follow. */
  async take(input: ChatInput): Promise<boolean> {
    switch (input.kind) {
      case "exit":
        return false;
      case "help":
        tell(this.#io, CHAT_HELP);
        return true;
      case "clear":
        this.#turns = [];
        tell(this.#io, "Forgotten.");
        return true;
      case "model":
        this.#choose(input.id);
        return true;
      case "unknown":
        tell(this.#io, `There is no ${input.word}; /help lists what there is.`);
        return true;
      case "question":
        await this.#answer(input.text);
        return true;
      case "nothing":
        return true;
    }
  }

  #choose(id: string | null): void {
    const style = { ...this.#style, models: id === null ? undefined : [id] };
    try {
      textRequest({ messages: [], ...style });
      this.#style = style;
      tell(this.#io, id === null ? "The router chooses the model again." : `Asking ${id} from now on.`);
    } catch (error) {
      tell(this.#io, renderError(error).text);
    }
  }

  /** A question that fails costs the chat nothing: it goes on as if the question had not been put. */
  async #answer(question: string): Promise<void> {
    const answering = new AbortController();
    this.#answering = answering;
    const live = new LiveAnswer(this.#io);
    try {
      await announceWait(this.#router, this.#io);
      const request = await this.#requestFor(question);
      const signal = AbortSignal.any([answering.signal, this.#io.signal]);
      const { onToken, onAttempt } = live;
      const reply = await askByHand(this.#router, request, { flow: "chat", signal, onToken, onAttempt });
      await live.finish(reply.answer);
      this.#turns = [...this.#turns, { question, answer: reply.answer }];
      tell(this.#io, renderReplyLine(reply, await this.#router.ledger.status()));
    } catch (error) {
      live.endLine();
      if (this.#io.signal.aborted) throw error;
      if (answering.signal.aborted) tell(this.#io, "Stopped; the question is forgotten.");
      else if (SluiceError.is(error) && !ENDS.has(error.code)) tell(this.#io, renderError(error).text);
      else throw error;
    } finally {
      this.#answering = undefined;
    }
  }

  async #requestFor(question: string): Promise<TextQuestion> {
    const { system, ...how } = this.#style;
    const room = await this.#room();
    const fitted = fitTurns(this.#turns, { fixed: `${system ?? ""}${question}`, room });
    if (fitted.dropped > 0) {
      tell(this.#io, `The oldest ${plural(fitted.dropped, "turn")} no longer fit and are forgotten.`);
    }
    this.#turns = fitted.turns;
    return { ...how, messages: messagesOf(fitted.turns, { system, question }) };
  }

  /** The largest prompt that one of the models takes which may answer, in tokens. */
  async #room(): Promise<number> {
    const { models, maxOutputTokens = ANSWER_TOKENS } = this.#style;
    const free = freeModels(await this.#router.catalogue(), Date.now());
    const rooms = free
      .filter((model) => models?.includes(model.id) ?? true)
      .filter((model) => outputLimitOf(model) >= maxOutputTokens)
      .map((model) => contextOf(model) - maxOutputTokens);
    return Math.max(0, ...rooms);
  }
}

/** After these nothing more is answered: the account is halted or refused, or the store is gone. */
const ENDS: ReadonlySet<string> = new Set([
  "ACCOUNT_HALTED",
  "ACCOUNT_REFUSED",
  "COST_DETECTED",
  "BACKEND_UNREACHABLE",
  "STATE_INVALID",
]);
