import { Readable, Writable } from "node:stream";
import { main } from "../src/main.ts";
import { fastStoreOf } from "./fast-store.ts";

/** The world of one call; all but the folder has a harmless default. */
export interface CallOptions {
  cwd: string;
  /** Default: a store on a Redis of the test's own; with an empty SLUICE_REDIS_URL the store is embedded. */
  env?: Record<string, string>;
  stdin?: string;
  signal?: AbortSignal;
  columns?: number;
  /** Whether stdout is a terminal. Default false. */
  isTerminal?: boolean;
  /** Hears all of stdout so far whenever something is written. */
  onStdout?: (text: string) => void;
}

/** What a call left behind. */
export interface CallOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process, with streams that are kept. */
export async function call(argv: readonly string[], options: CallOptions): Promise<CallOutcome> {
  const { cwd, stdin = "", signal = new AbortController().signal, isTerminal = false } = options;
  const env = { ...fastStoreOf(cwd), ...options.env };
  const size = options.columns === undefined ? {} : { columns: options.columns };
  const stdout = Object.assign(new Kept(options.onStdout), size, { isTTY: isTerminal });
  const stderr = Object.assign(new Kept(), size);
  const code = await main(argv, { stdout, stderr, stdin: Readable.from(once(stdin)), env, cwd, signal });
  return { code, stdout: stdout.text, stderr: stderr.text };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}

/** A stream whose text is kept. */
class Kept extends Writable {
  text = "";
  readonly #onText: (text: string) => void;

  constructor(onText: (text: string) => void = () => {}) {
    super({ decodeStrings: false });
    this.#onText = onText;
  }

  override _write(chunk: unknown, _encoding: string, written: () => void): void {
    this.text += String(chunk);
    this.#onText(this.text);
    written();
  }
}
