/** The fields that are scored. */
export interface Terms {
  permissions: string[];
  conditions: string[];
  limitations: string[];
  copyleft: string;
}

/** The right answer for one document. */
export interface Label extends Terms {
  spdxId: string;
  osiApproved: boolean;
}

/** Labels by file name. */
export type Gold = Record<string, Label>;

/** One line of a results file, reduced to what the score needs. */
export type RunLine =
  | { document: { name: string }; status: "completed"; output: Terms }
  | {
      document: { name: string };
      status: "queued" | "running" | "parked" | "waiting" | "failed" | "cancelled";
    };

/** Shares between 0 and 1; null when there is nothing to divide by. */
export interface FieldScore {
  precision: number | null;
  recall: number | null;
  f1: number | null;
}

/** A labelled document without a completed run counts as an empty answer: it lowers recall and accuracy. */
export interface Score {
  /** Labelled documents. */
  documents: number;
  /** Labelled documents with a completed run. */
  completed: number;
  /** Labelled files without a completed run. */
  missing: string[];
  /** Files in the results that have no label; they are left out of every figure. */
  unlabelled: string[];
  permissions: FieldScore;
  conditions: FieldScore;
  limitations: FieldScore;
  /** Share of the documents whose copyleft is right; null without documents. */
  copyleftAccuracy: number | null;
}

/** Reads `gold.json`. Throws when it does not fit. */
export function parseGold(text: string): Gold;

/** Reads a results file, one JSON object per line. Throws an error that names the first line that does not fit. */
export function parseRuns(text: string): RunLine[];

/** Compares runs with labels, matched by file name. Of several completed runs of one file, the last counts. */
export function score(gold: Gold, runs: readonly RunLine[]): Score;

/** The score as a small table for a terminal. */
export function renderScore(result: Score): string;
