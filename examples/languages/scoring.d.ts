/** The fields that are scored. */
export interface Classification {
  language: string;
  script: string;
  topic: string;
}

/** The right answers by file name. */
export type Gold = Record<string, Classification>;

/** One line of a results file, reduced to what the score needs. */
export type RunLine =
  | { document: { name: string }; status: "completed"; output: Classification }
  | {
      document: { name: string };
      status: "queued" | "running" | "parked" | "waiting" | "failed" | "cancelled";
    };

/** One field of one document that was answered wrongly. */
export interface Mistake {
  file: string;
  field: keyof Classification;
  expected: string;
  answered: string;
}

/** A labelled document without a completed run counts as wrong in every field. */
export interface Score {
  /** Labelled documents. */
  documents: number;
  /** Labelled documents with a completed run. */
  completed: number;
  /** Labelled files without a completed run. */
  missing: string[];
  /** Files in the results that have no label; they are left out of every figure. */
  unlabelled: string[];
  /** Share of right answers for each field, between 0 and 1; null without documents. */
  accuracy: Record<keyof Classification, number | null>;
  /** The wrong answers of completed runs. */
  mistakes: Mistake[];
}

/** Reads `gold.json`. Throws when it does not fit. */
export function parseGold(text: string): Gold;

/** Reads a results file, one JSON object per line. Throws an error that names the first line that does not fit. */
export function parseRuns(text: string): RunLine[];

/** Compares runs with labels, matched by file name. Of several completed runs of one file, the last counts. */
export function score(gold: Gold, runs: readonly RunLine[]): Score;

/** The score as text for a terminal. */
export function renderScore(result: Score): string;
