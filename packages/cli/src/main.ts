import { CommanderError } from "commander";
import { commands } from "./commands/all.ts";
import { type ExitCode, exitCodeOf, exitCodes } from "./exit-codes.ts";
import { columnsOf, type Io, programName, tell } from "./io.ts";
import { type Invocation, parse } from "./program.ts";
import { renderError, renderStack, renderUsageError } from "./render/error.ts";

/** Runs the command line: an argument list and a world to act on, to an exit code. It never throws. */
export async function main(argv: readonly string[], io: Io): Promise<ExitCode> {
  try {
    refuseKeys(argv);
    await armFaults(io.env["SLUICE_FAULT"]);
    const invocation = understand(argv, io);
    if (invocation === null) return exitCodes.done;
    await surviveSteps(io);
    return await invocation.command.run(invocation.values, io);
  } catch (error) {
    return report(error, io);
  }
}

function understand(argv: readonly string[], io: Io): Invocation | null {
  const help: string[] = [];
  const output = { writeOut: (text: string) => void help.push(text), columns: columnsOf(io.stdout) };
  try {
    return parse(argv, Object.values(commands), output);
  } catch (error) {
    const asked = error instanceof CommanderError && error.exitCode === 0;
    // Help that was asked for is data; help because a command is missing is talk.
    (asked ? io.stdout : io.stderr).write(help.join(""));
    if (asked) return null;
    throw error;
  }
}

const KEY_OPTION = /^--?(openrouter-?)?(api-?)?(key|token)(=|$)/i;
const KEY_VALUE = /\bsk-or-/;

/** A key on the command line would stand in the shell's history and in every list of processes. */
function refuseKeys(argv: readonly string[]): void {
  if (!argv.some((word) => KEY_OPTION.test(word) || KEY_VALUE.test(word))) return;
  throw new CommanderError(
    exitCodes.usage,
    "sluice.keyOnCommandLine",
    "error: an API key is never taken from the command line; set OPENROUTER_API_KEY in the environment, or in .env beside sluice.config.ts",
  );
}

/** For tests that make a real process fail at a stated point; nobody else sets it. */
async function armFaults(spec: string | undefined): Promise<void> {
  if (!spec) return;
  const { armFaultPoints, SluiceError } = await import("@sluice/core");
  try {
    armFaultPoints(spec);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new SluiceError("OPTION_INVALID", { message: `SLUICE_FAULT: ${error.message}`, cause: error });
  }
}

/** What steps leave behind uncaught must not end the process, where there is one of our own. */
async function surviveSteps(io: Io): Promise<void> {
  if (!io.exit) return;
  const { surviveStrayErrors } = await import("./stray-errors.ts");
  surviveStrayErrors(io, io.exit);
}

function report(error: unknown, io: Io): ExitCode {
  if (io.signal.aborted) {
    tell(io, "Interrupted.");
    return exitCodes.interrupted;
  }
  if (error instanceof CommanderError) {
    // A group without a subcommand has printed its help already.
    if (error.code !== "commander.help") tell(io, renderUsageError(error.message, programName(io.env)));
    return exitCodes.usage;
  }
  const rendered = renderError(error, programName(io.env));
  tell(io, rendered.text);
  if (io.env["SLUICE_DEBUG"]) tell(io, renderStack(error));
  return exitCodeOf(rendered.code);
}
