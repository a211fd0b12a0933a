import { once } from "node:events";
import type { Readable } from "node:stream";
import { printableJson, printableLines } from "./render/printable.ts";

/** A stream to write to, and what is known of the terminal behind it. */
export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** A stream to read from: bytes, or what a person types. */
type Input = Readable & { isTTY?: boolean };

/** All that a command may touch of the process around it: injected, so that tests own it. */
export interface Io {
  /** For data: results, tables, ids. */
  stdout: Output;
  /** For talk: progress, notices, errors, what to type next. */
  stderr: Output;
  stdin: Input;
  env: Readonly<Record<string, string | undefined>>;
  /** Absolute path of the working directory. */
  cwd: string;
  /** Aborts at the first Ctrl-C or SIGTERM. */
  signal: AbortSignal;
  /** Ends the process at once; absent where it is not ours, as in tests. */
  exit?: (code: number) => void;
}

/** Writes lines for people, in which nothing is left that a terminal obeys but our colours. */
export function print(io: Pick<Io, "stdout">, line: string): Promise<void> {
  return printExactly(io, printableLines(line));
}

/** Writes one line of data as it is; waits when the reader of a pipe is slower than we are. */
export async function printExactly(io: Pick<Io, "stdout">, line: string): Promise<void> {
  if (io.stdout.write(`${line}\n`)) return;
  await once(io.stdout, "drain");
}

/** Writes one value as one line of JSON data. */
export function printJson(io: Pick<Io, "stdout">, value: unknown): Promise<void> {
  return printExactly(io, jsonLine(value));
}

/** A value as one line of JSON, which a terminal shows as it is. */
export function jsonLine(value: unknown): string {
  return printableJson(JSON.stringify(value));
}

/** Writes one line of talk. */
export function tell(io: Pick<Io, "stderr">, line: string): void {
  io.stderr.write(`${talk(line)}\n`);
}

/** Lines of talk as they are written: without secrets, and without anything that a terminal obeys but our colours. */
export function talk(text: string): string {
  return printableLines(withoutSecrets(text));
}

/** Set by npm, npx, pnpm and yarn for whatever they start. */
const RUNNER_VARIABLES = ["npm_command", "npm_execpath", "npm_config_user_agent"];

/** What to type for this program: started through a package manager it is not on the PATH. */
export function programName(env: Io["env"]): string {
  return RUNNER_VARIABLES.some((name) => env[name]) ? "npx sluice" : "sluice";
}

/** Width of a stream's lines, in columns; a pipe is given room. */
export function columnsOf(stream: Output): number {
  return stream.columns ?? 120;
}

/** True when a stream takes colours: a terminal, and no NO_COLOR. */
export function takesColours(stream: Output, env: Io["env"]): boolean {
  return stream.isTTY === true && !env["NO_COLOR"] && env["TERM"] !== "dumb";
}

/** Hides what looks like an API key or a password in a URL, whatever text it has slipped into. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/\bsk-[A-Za-z0-9_-]{6,}/g, "sk-***")
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, "$1***@");
}
