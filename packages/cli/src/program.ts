import { type Argument, InvalidArgumentError, Option, Command as Program } from "commander";
import type { ArgumentSpec, Command, OptionSpec } from "./command.ts";
import { packageVersion } from "./package-files.ts";

/** What was typed, understood. */
export interface Invocation {
  command: Command;
  values: Readonly<Record<string, unknown>>;
}

/** Where the parser prints help and version. */
export interface ParserOutput {
  writeOut(text: string): void;
  columns: number;
}

/**
 * Understands an argument list.
 *
 * @returns null when help or version was asked for and printed.
 * @throws CommanderError for anything that is not understood.
 */
export function parse(
  argv: readonly string[],
  commands: readonly Command[],
  output: ParserOutput,
): Invocation | null {
  let invocation: Invocation | null = null;
  const program = createProgram(output);
  for (const command of commands) {
    const sub = addCommand(program, command);
    sub.action(() => {
      invocation = {
        command,
        values: { ...optionValues(sub), ...argumentValues(command, sub.processedArgs) },
      };
    });
  }
  program.parse(argv, { from: "user" });
  return invocation;
}

function createProgram(output: ParserOutput): Program {
  const program = new Program("sluice")
    .description("Typed LLM pipelines over piles of documents, on free models only.")
    .version(packageVersion(), "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({
      writeOut: output.writeOut,
      writeErr: output.writeOut,
      outputError: () => {},
      getOutHelpWidth: () => output.columns,
      getOutHasColors: () => false,
      getErrHelpWidth: () => output.columns,
      getErrHasColors: () => false,
    })
    .configureHelp({ visibleCommands: leavesOf, subcommandTerm: termOf })
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .showSuggestionAfterError(true);
  return program.addHelpText("after", examplesText(["sluice demo", "sluice run --help"]));
}

/** The list shows `runs ls`, not a group `runs` whose help has to be asked for. */
function leavesOf(program: Program): Program[] {
  return program.commands.flatMap((sub) =>
    (sub.options.length > 0 || sub.registeredArguments.length > 0 ? [sub] : []).concat(leavesOf(sub)),
  );
}

function termOf(sub: Program): string {
  const words = [sub.name()];
  for (let at = sub.parent; at?.parent; at = at.parent) words.unshift(at.name());
  return [...words, ...sub.registeredArguments.map(humanReadableArgument)].join(" ");
}

function humanReadableArgument(argument: Argument): string {
  const name = `${argument.name()}${argument.variadic ? "…" : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
}

/** Adds `runs ls` below a group `runs`, and `quota resume` below the command `quota`. */
function addCommand(program: Program, command: Command): Program {
  const words = command.name.split(" ");
  const last = words.pop() ?? command.name;
  const parent = words.reduce(groupOf, program);
  const sub = parent
    .command(last)
    .summary(command.summary)
    .description(`${command.summary}.`)
    .helpOption("-h, --help", "print this help")
    .helpCommand(false)
    .addHelpText("after", examplesText(command.examples));
  for (const [name, spec] of Object.entries(command.arguments)) addArgument(sub, name, spec);
  for (const [name, spec] of Object.entries(command.options)) sub.addOption(toOption(name, spec));
  return sub;
}

function groupOf(parent: Program, name: string): Program {
  const existing = parent.commands.find((one) => one.name() === name);
  return existing ?? parent.command(name).summary(`Commands about ${name}`).helpCommand(false);
}

function addArgument(sub: Program, name: string, spec: ArgumentSpec<unknown>): void {
  const term = spec.many ? `${name}...` : name;
  sub.argument(spec.optional ? `[${term}]` : `<${term}>`, spec.summary);
}

function toOption(name: string, spec: OptionSpec<unknown>): Option {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const short = spec.letter === undefined ? "" : `-${spec.letter}, `;
  if (spec.placeholder === null) return new Option(short + long, spec.summary);
  return new Option(`${short}${long} <${spec.placeholder}>`, spec.summary).argParser((given, before) => {
    try {
      return spec.read(given, before);
    } catch (error) {
      throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
    }
  });
}

/** commander keeps `--no-cache` as `cache: false`; here it is an option `noCache` like any other. */
function optionValues(sub: Program): Record<string, unknown> {
  return Object.fromEntries(
    sub.options.map((option) => {
      const given: unknown = sub.getOptionValue(option.attributeName());
      if (!option.negate) return [option.attributeName(), given];
      return [
        `no${option.attributeName().replace(/^./, (letter) => letter.toUpperCase())}`,
        given === false || undefined,
      ];
    }),
  );
}

function argumentValues(command: Command, given: readonly unknown[]): Record<string, unknown> {
  return Object.fromEntries(Object.keys(command.arguments).map((name, place) => [name, given[place]]));
}

function examplesText(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  ${example}`).join("\n")}`;
}
