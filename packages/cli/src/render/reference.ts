import type { ArgumentSpec, Command, OptionSpec } from "../command.ts";

const INTRODUCTION = `# Commands

\`sluice COMMAND --help\` says the same in the terminal. stdout is data, stderr is talk. Every command that prints data takes \`--json\`. Options and environment that all commands share: [options](options.md).

Exit codes: 0 done · 1 error · 2 usage · 3 finished, some runs failed · 75 all that is left is parked or paused, or waits for a person · 130 interrupted.
`;

/** The page docs/reference/cli.md, from the definitions of the commands. */
export function renderReference(commands: readonly Command[]): string {
  return `${[INTRODUCTION, ...commands.map(renderCommand)].join("\n")}`;
}

function renderCommand(command: Command): string {
  const args = Object.entries(command.arguments);
  const usage = ["sluice", command.name, ...args.map(([name, spec]) => argumentTerm(name, spec))].join(" ");
  const rows = [
    ...args.map(([name, spec]) => row(argumentTerm(name, { ...spec, many: false }), spec.summary)),
    ...Object.entries(command.options).map(([name, option]) => row(optionTerm(name, option), option.summary)),
  ];
  const table = rows.length > 0 ? ["", "| argument or option | meaning |", "|---|---|", ...rows] : [];
  const examples = ["", "```sh", ...command.examples, "```", ""];
  return [`## ${usage}`, "", `${command.summary}.`, ...table, ...examples].join("\n");
}

function argumentTerm(name: string, { many, optional }: ArgumentSpec<unknown>): string {
  const term = `${name}${many ? "…" : ""}`;
  return optional ? `[${term}]` : `<${term}>`;
}

function optionTerm(name: string, { placeholder, letter }: OptionSpec<unknown>): string {
  const long = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
  const short = letter === undefined ? "" : `-${letter}, `;
  return placeholder === null ? short + long : `${short}${long} ${placeholder}`;
}

function row(term: string, summary: string): string {
  return `| \`${term}\` | ${summary.replaceAll("|", "\\|")} |`;
}
