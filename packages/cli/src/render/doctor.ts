import { styleText } from "node:util";
import { withoutSecrets } from "../io.ts";
import { printable } from "./printable.ts";

/** One thing that was looked at; the keys are those of `--json`. */
export interface Finding {
  check: string;
  status: "ok" | "warn" | "fail";
  /** What was found, and how to mend it. */
  detail: string;
}

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Findings as lines: `ok    node  20.20.1`. */
export function renderFindings(findings: readonly Finding[], colours: boolean): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  return findings.map((finding) => renderFinding(finding, { width, colours })).join("\n");
}

function renderFinding(
  { check, status, detail }: Finding,
  { width, colours }: { width: number; colours: boolean },
): string {
  const word = status.padEnd(5);
  const [first = "", ...others] = withoutSecrets(detail).split("\n").map(printable);
  const lines = [first, ...others.map((line) => " ".repeat(width + 8) + line)].join("\n");
  return `${colours ? styleText(COLOURS[status], word) : word} ${check.padEnd(width)}  ${lines}`;
}
