import type { ChatMessage } from "../chat.ts";

/** A question that may be asked together with others of its kind, in parts. */
export interface PackTerms {
  /** The fingerprint of its step: only questions of one step stand in one request. */
  fingerprint: string;
  /** The messages before the question itself, worked examples left out. */
  lead: readonly ChatMessage[];
  /** What the question says before its item; the same for all questions in one request, like `after`. */
  before: string;
  /** What only this question is about. */
  item: string;
  /** What the question says after its item. */
  after: string;
  /** Worked examples: an item, and the right answer to it as text. */
  examples: readonly PackExample[];
  /** Most items in one request; null for the default of its kind, see `pack-size.ts`. */
  maxItems: number | null;
  /** The share of requests after which one item is asked again alone, from 0 to 1. */
  sample: number;
}

/** A worked example of a packed step. */
export interface PackExample {
  item: string;
  /** JSON of the answer's fields; of a text step the text. */
  answer: string;
}

/** Where an item stood when it was asked together with others. */
export interface PackPlace {
  /** Names the request; other items of it bear the same. */
  id: string;
  /** From 1. */
  position: number;
  /** Items in the request. */
  size: number;
}

/** Where the answer of a step stood. */
export interface PackedAnswer extends PackPlace {
  /** The step's path. */
  step: string;
}
