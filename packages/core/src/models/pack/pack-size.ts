import type { Task } from "../profiles.ts";

/** How long the items of a request are; only items of one class stand in one request. */
export type SizeClass = "short" | "paragraph" | "page" | "long";

/** How many items a request takes: at first, and at most once models have shown that they cope. */
export interface PackBounds {
  first: number;
  cap: number;
}

/** Up to so many tokens. A label costs a model little, a page much, and the middle of a long prompt is read worst. */
const CLASS_TOKENS = { short: 150, paragraph: 500, page: 2_000 } as const;

/** By what was measured with packed prompts: labels and short facts pack well, pages less, summaries least. */
const BOUNDS: Readonly<Record<SizeClass, PackBounds>> = {
  short: { first: 15, cap: 25 },
  paragraph: { first: 8, cap: 12 },
  page: { first: 4, cap: 5 },
  long: { first: 1, cap: 1 },
};

/** Answers in plain text: summaries, translations. */
const TEXT_BOUNDS: PackBounds = { first: 3, cap: 4 };

const ALONE: PackBounds = { first: 1, cap: 1 };

/** The class of an item with so many tokens. */
export function sizeClassOf(tokens: number): SizeClass {
  if (tokens <= CLASS_TOKENS.short) return "short";
  if (tokens <= CLASS_TOKENS.paragraph) return "paragraph";
  return tokens <= CLASS_TOKENS.page ? "page" : "long";
}

/** What decides how many items a request may take. */
export interface PackKind {
  sizeClass: SizeClass;
  isText: boolean;
  task: Task | "auto";
  /** The author's word; null where he says nothing. */
  maxItems: number | null;
}

/** The bounds of a kind of question. An author who names a number knows his documents: only budgets hold then. */
export function boundsOf({ sizeClass, isText, task, maxItems }: PackKind): PackBounds {
  // Hard questions asked together lose to each other.
  const usual =
    task === "reasoning" ? ALONE : isText && sizeClass !== "long" ? TEXT_BOUNDS : BOUNDS[sizeClass];
  if (maxItems === null) return usual;
  return { first: Math.min(maxItems, Math.max(usual.first, Math.ceil(maxItems / 2))), cap: maxItems };
}

/** What was learnt of one step on one model from the requests so far. */
export interface Learnt {
  /** Items that the next request may take. */
  size: number;
  /** Tokens of one item's answer; recent ones weigh more. Null before the first. */
  outputTokens: number | null;
  /** Answers that were held against a known or a second one, and those that agreed; recent ones weigh more. */
  compared: number;
  agreed: number;
}

/** What is known before the first request. */
export function nothingLearnt({ first }: PackBounds): Learnt {
  return { size: first, outputTokens: null, compared: 0, agreed: 0 };
}

/** What a model can take. */
interface Room {
  /** Tokens of prompt and answer together. */
  contextTokens: number;
  /** Tokens of the longest answer it gives. */
  outputLimit: number;
}

/** What a request with some items takes of a model. */
export interface PackNeeds {
  /** Tokens of everything but the items. */
  sharedTokens: number;
  /** Tokens of the step's answer to one item, as its author reserves them. */
  reservedTokens: number;
  isText: boolean;
}

/** A fence, with an id and the nonce twice. */
export const FENCE_TOKENS = 40;
/** Answers differ in length. */
const OUTPUT_MARGIN = 1.5;
/** Truncation is the commonest total loss of a request. */
const OUTPUT_SHARE = 0.6;
const GUESSED_OUTPUT_TOKENS = { fields: 80, text: 400 };

/** Tokens of answer to expect for one item. */
export function expectedOutput({ outputTokens }: Learnt, { reservedTokens, isText }: PackNeeds): number {
  const guessed = isText ? GUESSED_OUTPUT_TOKENS.text : GUESSED_OUTPUT_TOKENS.fields;
  return Math.min(reservedTokens, outputTokens ?? guessed);
}

/**
 * How many of the waiting items, in their order, the next request takes: at least one, and no more than the cap, what
 * was learnt, the model's context and 60 % of its longest answer allow.
 */
export function packSize(
  itemTokens: readonly number[],
  of: { bounds: PackBounds; learnt: Learnt; room: Room; needs: PackNeeds },
): number {
  const { bounds, learnt, room, needs } = of;
  const each = expectedOutput(learnt, needs) * OUTPUT_MARGIN;
  const byOutput = Math.floor((room.outputLimit * OUTPUT_SHARE) / each);
  const most = Math.min(bounds.cap, learnt.size, byOutput);
  let tokens = needs.sharedTokens;
  let count = 0;
  for (const own of itemTokens) {
    tokens += own + FENCE_TOKENS + each;
    if (count >= most || tokens > room.contextTokens) break;
    count += 1;
  }
  return Math.max(1, count);
}

/** Tokens to reserve for the answer to so many items. */
export function reservedFor(items: number, learnt: Learnt, needs: PackNeeds): number {
  const expected = Math.ceil(expectedOutput(learnt, needs) * OUTPUT_MARGIN * items);
  return Math.max(needs.reservedTokens, expected);
}

/** How one request of several items went. */
export interface PackOutcome {
  items: number;
  /** Items without a valid answer. */
  failed: number;
  /** The reply ended before its JSON did, or at the model's limit. */
  isCut: boolean;
  /** Entries under ids that nobody asked for, and items that were answered twice, differently. */
  idErrors: number;
  /** Tokens of the whole answer; null where the server did not tell. */
  outputTokens: number | null;
}

/** Items more after a good request: at least so many, and at least this share of the most. */
const GROWTH = { least: 2, share: 1 / 5 };
/** Of the items of a good request no more than this share is lost. */
const GOOD_SHARE = 0.1;
/**
 * A larger share shows that too much was asked, as long as more than one item was lost. Models lose one item in twenty
 * whatever the size of the request: to take each for a sign would make all requests small, and spare hardly any item.
 */
const LOST_SHARE = 0.2;
const NEWEST_WEIGHT = 0.3;

/** More items after a good request that was full; half as many after one that shows that too much was asked. */
export function afterPack(learnt: Learnt, outcome: PackOutcome, { cap }: PackBounds): Learnt {
  const { items, failed, isCut, idErrors } = outcome;
  const outputTokens = blended(learnt.outputTokens, outcome);
  const lost = Math.max(failed, idErrors);
  if (isCut || (lost > 1 && lost / items > LOST_SHARE)) {
    return { ...learnt, outputTokens, size: halved(learnt.size, items) };
  }
  const hasGrown = lost / items <= GOOD_SHARE && items >= learnt.size;
  const growth = Math.max(GROWTH.least, Math.floor(cap * GROWTH.share));
  return { ...learnt, outputTokens, size: hasGrown ? Math.min(cap, learnt.size + growth) : learnt.size };
}

/** Requests that were on their way together halve the size once; one that was small for want of company says no more. */
function halved(size: number, items: number): number {
  return Math.max(1, Math.min(size, Math.floor(Math.max(size, items) / 2)));
}

/** A cut answer tells only that it was longer. */
function blended(before: number | null, { items, failed, isCut, outputTokens }: PackOutcome): number | null {
  const answered = items - failed;
  if (outputTokens === null || answered === 0 || isCut) return before;
  const each = outputTokens / answered;
  return before === null ? each : before * (1 - NEWEST_WEIGHT) + each * NEWEST_WEIGHT;
}

/** Fewer comparisons than this say nothing. */
const ENOUGH_COMPARED = 5;
/** Below it a step is asked in smaller requests. */
const TRUSTED_AGREEMENT = 0.9;
const MEMORY = 0.98;

/** The share of packed answers that agreed with a known or a second one; null before enough were compared. */
export function agreementOf({ compared, agreed }: Pick<Learnt, "compared" | "agreed">): number | null {
  return compared < ENOUGH_COMPARED ? null : agreed / compared;
}

/** After a packed answer was held against a known one, or against one that was asked alone. */
export function afterComparison(learnt: Learnt, agrees: boolean): Learnt {
  const compared = learnt.compared * MEMORY + 1;
  const agreed = learnt.agreed * MEMORY + (agrees ? 1 : 0);
  const agreement = agreementOf({ compared, agreed });
  if (agreement === null || agreement >= TRUSTED_AGREEMENT) return { ...learnt, compared, agreed };
  // What comes is held against a clean slate: one bad spell must not halve the size again and again.
  return { ...learnt, compared: 0, agreed: 0, size: Math.max(1, Math.floor(learnt.size / 2)) };
}
