import { exitCodes } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { main } from "./main.ts";

/**
 * The `sluice` program: the process's own streams, environment and signals around {@link main}.
 *
 * The first Ctrl-C or SIGTERM lets a command finish cleanly, a second one ends the process at once.
 */
export async function cli(): Promise<void> {
  const interruption = new AbortController();
  const interrupt = () => {
    if (interruption.signal.aborted) process.exit(exitCodes.interrupted);
    interruption.abort(new Error("interrupted"));
  };
  process.on("SIGINT", interrupt);
  process.on("SIGTERM", interrupt);
  // The reader of a pipe has seen enough (`sluice export … | head`): there is nobody left to tell.
  process.stdout.on("error", () => process.exit(exitCodes.done));
  process.stderr.on("error", () => {});

  const io: Io = {
    stdout: process.stdout,
    stderr: process.stderr,
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    signal: interruption.signal,
    exit: process.exit,
  };
  const code = await main(process.argv.slice(2), io);
  await written(process.stdout);
  await written(process.stderr);
  process.exit(code);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
