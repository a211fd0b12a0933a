import type { AttemptReport } from "@sluice/core";
import { type Io, printExactly, tell } from "../io.ts";
import { renderFailedAttempt } from "../render/answer.ts";
import { printableText } from "../render/printable.ts";

/** Writes an answer: piece by piece while it is written on a terminal, once and whole elsewhere. */
export class LiveAnswer {
  readonly #io: Pick<Io, "stdout" | "stderr">;
  readonly #isLive: boolean;
  /** What the attempt under way has written. */
  #heard = "";
  /** The first half of a character that a piece has cut. */
  #half = "";
  #isBegunAnew = false;

  constructor(io: Pick<Io, "stdout" | "stderr">) {
    this.#io = io;
    this.#isLive = io.stdout.isTTY === true;
  }

  /** Hears pieces; undefined where nobody watches them come. */
  get onToken(): ((text: string) => void) | undefined {
    return this.#isLive ? (text) => this.#write(text) : undefined;
  }

  /** Says which attempt failed, and that the answer begins anew when part of it stands there already. */
  readonly onAttempt = (attempt: AttemptReport): void => {
    if (attempt.outcome === "ok") return;
    this.#isBegunAnew = this.#heard !== "";
    this.endLine();
    this.#heard = "";
    this.#half = "";
    tell(this.#io, renderFailedAttempt(attempt));
  };

  /** The answer is complete: writes what was not heard. */
  async finish(answer: string): Promise<void> {
    if (this.#heard === "") await printExactly(this.#io, this.#isLive ? printableText(answer) : answer);
    else this.endLine();
  }

  /** Leaves the cursor at the beginning of a line, whatever has become of the answer. */
  endLine(): void {
    if (this.#heard !== "" && !this.#heard.endsWith("\n")) this.#io.stdout.write("\n");
  }

  #write(piece: string): void {
    if (this.#isBegunAnew) tell(this.#io, "The answer begins anew:");
    this.#isBegunAnew = false;
    const text = this.#half + piece;
    this.#half = /[\ud800-\udbff]$/.exec(text)?.[0] ?? "";
    const whole = text.slice(0, text.length - this.#half.length);
    if (whole === "") return;
    this.#heard += whole;
    this.#io.stdout.write(printableText(whole));
  }
}
