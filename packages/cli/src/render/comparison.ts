import { formatDuration, type TokenUsage } from "@sluice/core";
import { plural } from "./events.ts";
import { printable, printableText } from "./printable.ts";
import { padded } from "./table.ts";
import { wrap } from "./wrap.ts";

/** What one model made of the question; the keys are those of `--json`. */
export interface ComparedAnswer {
  model: string;
  /** Null when there is none. */
  answer: string | null;
  /** `ok`, or what went wrong in a word: an outcome of an attempt, or the code of an error. */
  finish: string;
  /** What went wrong in a sentence; null when nothing did. */
  problem: string | null;
  /** From sending to the answer's end, in milliseconds. */
  latencyMs: number;
  usage: TokenUsage;
  requests: number;
}

/** Narrower than this an answer is no longer readable beside another one. */
const LEAST_WIDTH = 38;

const GAP = " │ ";

/** Answers side by side where each gets room, else one under the other. */
export function renderComparison(answers: readonly ComparedAnswer[], columns: number): string {
  const width = Math.floor((columns - GAP.length * (answers.length - 1)) / answers.length);
  if (answers.length > 1 && width >= LEAST_WIDTH) return sideBySide(answers, width);
  return answers.map((one) => [...headOf(one, columns), ...bodyOf(one, columns)].join("\n")).join("\n\n");
}

function sideBySide(answers: readonly ComparedAnswer[], width: number): string {
  const heads = answers.map((one) => headOf(one, width));
  const bodies = answers.map((one) => bodyOf(one, width));
  return [...rowsOf(heads, width), ...rowsOf(bodies, width)].join("\n");
}

/** Blocks of lines put beside each other, the short ones filled up. */
function rowsOf(blocks: ReadonlyArray<readonly string[]>, width: number): string[] {
  const height = Math.max(...blocks.map((lines) => lines.length));
  return Array.from({ length: height }, (_, row) =>
    blocks
      .map((lines) => padded(lines[row] ?? "", width))
      .join(GAP)
      .trimEnd(),
  );
}

function headOf({ model, finish, latencyMs, usage, requests }: ComparedAnswer, columns: number): string[] {
  const { promptTokens, completionTokens } = usage;
  const facts = [
    finish,
    formatDuration(latencyMs),
    ...(promptTokens + completionTokens > 0 ? [`${promptTokens} + ${completionTokens} tokens`] : []),
    plural(requests, "request"),
  ];
  return [...wrap(printable(model), columns), ...wrap(facts.join(" · "), columns), "─".repeat(columns)];
}

function bodyOf({ answer, problem }: ComparedAnswer, columns: number): string[] {
  if (answer !== null) return wrap(printableText(answer.trim()).replaceAll("\t", "    "), columns);
  return wrap(printable(problem ?? "no answer"), columns);
}
