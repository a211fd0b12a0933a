import { createInterface, type Interface } from "node:readline/promises";
import { addAbortSignal } from "node:stream";
import type { Io } from "../io.ts";

const PROMPT = "> ";
const MORE_PROMPT = "… ";

/** The lines of a chat: typed at a prompt on a terminal, or piped in. */
export class ChatLines implements Disposable {
  readonly #io: Pick<Io, "stderr">;
  readonly #lines: Interface;
  readonly #iterator: AsyncIterator<string>;
  readonly #isTyped: boolean;
  #isClosed = false;

  /** @param onInterrupt hears Ctrl-C on a terminal; elsewhere it aborts the signal of `io`. */
  constructor(io: Pick<Io, "stdin" | "stderr" | "signal">, onInterrupt: () => void) {
    this.#io = io;
    this.#isTyped = io.stdin.isTTY === true && io.stderr.isTTY === true;
    const typed = { output: io.stderr, terminal: true, prompt: PROMPT };
    const input = this.#isTyped ? io.stdin : addAbortSignal(io.signal, io.stdin);
    this.#lines = createInterface({
      input,
      crlfDelay: Number.POSITIVE_INFINITY,
      ...(this.#isTyped ? typed : {}),
    });
    this.#lines.on("SIGINT", onInterrupt);
    this.#lines.on("close", () => {
      this.#isClosed = true;
    });
    this.#iterator = this.#lines[Symbol.asyncIterator]();
  }

  /** The next line, those that end in a backslash put together; undefined at the end. */
  async next(): Promise<string | undefined> {
    let text = "";
    for (let prompt = PROMPT; ; prompt = MORE_PROMPT) {
      const line = await this.#read(prompt);
      if (line === undefined) return text === "" ? undefined : text;
      if (!line.endsWith("\\")) return text + line;
      text += `${line.slice(0, -1)}\n`;
    }
  }

  /** Ends the lines: whoever waits for one hears that there are no more. */
  [Symbol.dispose](): void {
    this.#lines.close();
  }

  async #read(prompt: string): Promise<string | undefined> {
    if (this.#isTyped && !this.#isClosed) {
      this.#lines.setPrompt(prompt);
      this.#lines.prompt();
    }
    const { value, done } = await this.#iterator.next();
    if (!done) return value;
    // Whoever left at the prompt stands behind it.
    if (this.#isTyped) this.#io.stderr.write("\n");
    return undefined;
  }
}
