import { SluiceError, type SluiceErrorInit } from "./sluice-error.ts";

/** No model gave an answer that the step accepts. */
export class AnswerInvalidError extends SluiceError {
  override readonly name = "AnswerInvalidError";
  /** What the last model answered, shortened: evidence for whoever looks into it. It is no fact, so that no log has it. */
  readonly reply: string;

  constructor(init: SluiceErrorInit & { reply: string }) {
    super("ANSWER_INVALID", init);
    this.reply = init.reply;
  }
}

const OF_THE_QUESTION = new Set(["CHAIN_EXHAUSTED", "ANSWER_INVALID", "REQUEST_REFUSED", "NO_CANDIDATE"]);

/** True for a failure that concerns what was asked, and that the same question may not meet in other company or alone. */
export function concernsQuestion(error: unknown): boolean {
  return SluiceError.is(error) && OF_THE_QUESTION.has(error.code);
}
