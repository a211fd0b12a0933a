/** What a batch will take, found out without asking a model. Times are epoch milliseconds. */
export interface Plan {
  pipeline: string;
  version: number;
  documents: PlannedDocuments;
  /** The steps that ask models, in the order of the pipeline. */
  steps: readonly PlannedStep[];
  requests: PlannedRequests;
  /** Estimated tokens of all prompts of the steps whose number of questions is known. */
  promptTokens: number;
  finish: PlannedFinish;
  tooLong: TooLong;
  quota: PlannedQuota;
  /** Runs at work at the same time. */
  concurrency: number;
  advice: readonly Advice[];
}

/** Where the documents stand. */
export interface PlannedDocuments {
  total: number;
  /** Those with a content of their own among the documents that could be loaded. */
  unique: number;
  /** Those that could not be loaded, or that are no input of the pipeline; by error code. */
  failed: { total: number; codes: Readonly<Record<string, number>> };
  /** Those whose run is completed already. */
  answered: number;
  /** Those whose run is under way; what it takes is not counted here. */
  underWay: number;
  /** Those that make a new run. */
  toRun: number;
}

/** What the questions of one step come to, over all documents. */
export interface PlannedStep {
  /** The step's path; `*` stands for an item or a round. */
  step: string;
  /** Questions that have to be asked. */
  questions: Range;
  /** Questions that have an answer in the cache, or that others of this batch ask as well. */
  cached: number;
  requests: Range;
  /** Questions in one request, on average; null where it is not known. */
  perRequest: number | null;
  /** The step with whose questions these go out as one; null for a step that asks by itself. */
  askedWith: string | null;
  /** Whether its author lets its questions be asked together. */
  isPacked: boolean;
  /** Most questions in one request; 1 for a step that is asked one by one. */
  mostPerRequest: number;
  /** Null where the number of questions is not known. */
  promptTokens: number | null;
  /** The texts, or the number of questions, are not known before the run. */
  isEstimate: boolean;
  /** What the numbers are to be multiplied with, where only a run knows: `item of notes`. */
  per: string | null;
}

/** The fewest and the most. */
export interface Range {
  min: number;
  max: number;
}

/** All requests, when nothing fails. */
export interface PlannedRequests extends Range {
  /** What comes on top and only a run knows: `1 per item of notes`. */
  perItem: string | null;
  /** The same with one question in each request. */
  unpacked: Range;
}

/** When the last answer is there, by the limits of minute and day; null while the account is halted. */
export interface PlannedFinish {
  earliest: number | null;
  latest: number | null;
  /** With one question in each request. */
  unpacked: number | null;
}

/** Documents with a question that fits no model. */
export interface TooLong {
  total: number;
  /** The first of them. */
  first: ReadonlyArray<{
    document: string;
    step: string;
    promptTokens: number;
    mostPromptTokens: number | null;
  }>;
}

/** What is left of the account's free requests. */
export interface PlannedQuota {
  now: number;
  minute: { limit: number; used: number; left: number };
  /** `left` is what is left without the part that is kept for people who ask by hand. */
  day: { limit: number; used: number; left: number; endsAt: number };
  halted: string | null;
}

/** Something that is worth changing. */
export interface Advice {
  code: "pack" | "prompt" | "concurrency" | "chunk" | "no-model" | "halted";
  /** The step that it is about. */
  step: string | null;
  text: string;
}
