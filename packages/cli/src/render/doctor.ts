import { styleText } from "node:util";
import { withoutSecrets } from "../io.ts";

/** One thing that was looked at; the keys are those of `--json`. */
export interface Finding {
  check: string;
  status: "ok" | "warn" | "fail";
  /** What was found, and how to mend it. */
  detail: string;
}

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;

/** Findings as lines: `ok    node           20.20.1`. */
export function renderFindings(findings: readonly Finding[], colours: boolean): string {
  return findings
    .map(({ check, status, detail }) => {
      const word = status.padEnd(5);
      const lines = withoutSecrets(detail)
        .split("\n")
        .join(`\n${" ".repeat(21)}`);
      return `${colours ? styleText(COLOURS[status], word) : word} ${check.padEnd(14)} ${lines}`;
    })
    .join("\n");
}
