import type { ExitCode } from "./exit-codes.ts";
import type { Io } from "./io.ts";

/** An argument by its place; `many` takes all that are left, at least one; `optional` may be left out. */
export interface ArgumentSpec<T> {
  summary: string;
  many: boolean;
  optional: boolean;
  /** For the compiler only: the type of the value. Never set. */
  valueType?: T;
}

/** A `--flag`; with a placeholder it takes a value, which `read` checks. */
export interface OptionSpec<T> {
  summary: string;
  placeholder: string | null;
  /** One letter that may be typed instead, as in `-f`. */
  letter?: string;
  /**
   * Throws an Error whose message is the rule that the text breaks.
   *
   * @param before what was read already, when the option is given again; only {@link list} keeps it.
   */
  read(text: string, before?: T): T;
}

type ArgumentSpecs = Readonly<Record<string, ArgumentSpec<unknown>>>;
type OptionSpecs = Readonly<Record<string, OptionSpec<unknown>>>;

type ArgumentValues<A extends ArgumentSpecs> = {
  readonly [K in keyof A]: A[K] extends ArgumentSpec<infer T> ? T : never;
};
type OptionValues<O extends OptionSpecs> = {
  readonly [K in keyof O]?: (O[K] extends OptionSpec<infer T> ? T : never) | undefined;
};

/** What is known of a command without loading what it does. */
export interface Command<Values = Readonly<Record<string, unknown>>> {
  /** As it is typed: `run`, or `runs ls`. */
  name: string;
  /** One line for the list of commands. */
  summary: string;
  examples: readonly [string, string];
  arguments: ArgumentSpecs;
  options: OptionSpecs;
  /** Loads and runs the action. */
  run(values: Values, io: Io): Promise<ExitCode>;
}

/** Ties a command's arguments and options to the values that its action gets. */
export function defineCommand<
  const A extends ArgumentSpecs = Record<never, never>,
  const O extends OptionSpecs = Record<never, never>,
>(command: {
  name: string;
  summary: string;
  examples: readonly [string, string];
  arguments?: A;
  options?: O;
  run(values: ArgumentValues<A> & OptionValues<O>, io: Io): Promise<ExitCode>;
}): Command {
  const { run, arguments: args = {}, options = {}, ...rest } = command;
  return {
    ...rest,
    arguments: args,
    options,
    // The parser builds the values from these very specs, so they have the types derived from them.
    run: (values, io) => run(values as ArgumentValues<A> & OptionValues<O>, io),
  };
}

/** One argument. */
export function one(summary: string): ArgumentSpec<string> {
  return { summary, many: false, optional: false };
}

/** One argument that may be left out; it must be the last. */
export function optional(summary: string): ArgumentSpec<string | undefined> {
  return { summary, many: false, optional: true };
}

/** All arguments that are left, at least one. */
export function many(summary: string): ArgumentSpec<readonly string[]> {
  return { summary, many: true, optional: false };
}

/** An option that is there or not. */
export function flag(summary: string, letter?: string): OptionSpec<true> {
  return { summary, placeholder: null, read: () => true, ...(letter === undefined ? {} : { letter }) };
}

/** An option with a text. */
export function text(placeholder: string, summary: string): OptionSpec<string> {
  return { summary, placeholder, read: nonEmpty };
}

/** An option with a whole number from 1. */
export function count(placeholder: string, summary: string): OptionSpec<number> {
  return { summary, placeholder, read: positiveInteger };
}

/** An option with a TCP port. */
export function port(placeholder: string, summary: string): OptionSpec<number> {
  return { summary, placeholder, read: portNumber };
}

/** An option with a length of time, read as milliseconds. */
export function duration(placeholder: string, summary: string): OptionSpec<number> {
  return { summary: `${summary}: 90s, 15min, 2h, 3d`, placeholder, read: durationMs };
}

/** An option with several texts: separated by commas, given again, or both; each once. */
export function list(placeholder: string, summary: string): OptionSpec<readonly string[]> {
  return {
    summary: `${summary}; several with commas, or by giving it again`,
    placeholder,
    read(given, before = []) {
      const items = nonEmpty(given).split(",");
      return [...new Set([...before, ...items.map((item) => nonEmpty(item).trim())])];
    },
  };
}

/** An option with a number, fractions included, between two bounds. */
export function numberBetween(
  placeholder: string,
  summary: string,
  { min, max }: { min: number; max: number },
): OptionSpec<number> {
  return {
    summary: `${summary}, from ${min} to ${max}`,
    placeholder,
    read(given) {
      const value = Number(nonEmpty(given));
      if (value >= min && value <= max) return value;
      throw new Error(`It must be a number from ${min} to ${max}.`);
    },
  };
}

/** An option with one of a few words. */
export function choice<const C extends string>(
  placeholder: string,
  summary: string,
  words: readonly C[],
): OptionSpec<C> {
  return {
    summary: `${summary}: ${words.join(", ")}`,
    placeholder,
    read(given) {
      const word = words.find((one) => one === given);
      if (word === undefined) throw new Error(`It must be one of: ${words.join(", ")}.`);
      return word;
    },
  };
}

/** An option with some of a few words, separated by commas. */
export function choices<const C extends string>(
  placeholder: string,
  summary: string,
  words: readonly C[],
): OptionSpec<readonly C[]> {
  const all = words.join(",");
  return {
    summary: `${summary}: any of ${all}`,
    placeholder,
    read(given) {
      return given.split(",").map((part) => {
        const word = words.find((one) => one === part.trim());
        if (word === undefined) throw new Error(`It must be one or several of: ${all}.`);
        return word;
      });
    },
  };
}

/** A whole number from 1. @throws Error naming the rule. */
export function positiveInteger(given: string): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error("It must be a whole number from 1.");
}

/** A TCP port. @throws Error naming the rule. */
export function portNumber(given: string): number {
  const value = Number(given);
  if (/^\d+$/.test(given) && value >= 1 && value <= 65_535) return value;
  throw new Error("It must be a whole number from 1 to 65535.");
}

/** Written out: the help must not wait for the packages that know them. */
const UNITS_MS = { s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** A length of time in milliseconds. @throws Error naming the rule. */
function durationMs(given: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?) ?(s|m|min|h|d)$/.exec(given.trim()) ?? [];
  const unitMs = Object.entries(UNITS_MS).find(([name]) => name === unit)?.[1];
  if (unitMs !== undefined) return Math.round(Number(number) * unitMs);
  throw new Error("It must be a number and a unit, as in 90s, 15min, 2h or 3d.");
}

function nonEmpty(given: string): string {
  if (given.trim() === "") throw new Error("It must not be empty.");
  return given;
}
