import { PassThrough, Readable } from "node:stream";
import { main } from "../src/main.ts";

/** The world of one call; all but the folder has a harmless default. */
export interface CallOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
  signal?: AbortSignal;
  columns?: number;
}

/** What a call left behind. */
export interface CallOutcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs the command line in this process, with streams that are kept. */
export async function call(argv: readonly string[], options: CallOptions): Promise<CallOutcome> {
  const { cwd, env = {}, stdin = "", signal = new AbortController().signal, columns } = options;
  const stdout = kept(columns);
  const stderr = kept(columns);
  const code = await main(argv, { stdout, stderr, stdin: Readable.from(once(stdin)), env, cwd, signal });
  return { code, stdout: textOf(stdout), stderr: textOf(stderr) };
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  if (text !== "") yield Buffer.from(text);
}

function kept(columns: number | undefined): PassThrough & { columns?: number } {
  // Larger than anything printed here, so that nobody waits for a reader.
  const stream = new PassThrough({ highWaterMark: 16 * 1024 * 1024 });
  return columns === undefined ? stream : Object.assign(stream, { columns });
}

function textOf(stream: PassThrough): string {
  return String(stream.read() ?? "");
}
