import { LOOKED_AT } from "../models/pack/pack-desk.ts";
import {
  afterPack,
  FENCE_TOKENS,
  type Learnt,
  type PackBounds,
  type PackNeeds,
  packSize,
} from "../models/pack/pack-size.ts";
import type { Candidate } from "../models/router.ts";
import type { SendTimes } from "./send-times.ts";

/** A question that a run will ask. */
export interface Ask {
  line: Line;
  /** Estimated tokens: of the item where the line packs, else of the whole prompt. */
  tokens: number;
}

/** Questions of one kind: those of a packed line may stand in one request. */
export interface Line {
  /** The path of the step that asks; of several that are asked as one, the first. */
  step: string;
  /** How long an answer takes, in milliseconds. */
  latencyMs: number;
  /** Null for questions that are asked one by one. */
  pack: PackedLine | null;
}

/** What decides how many questions of a line stand in one request. */
export interface PackedLine {
  /** Lines with the same name learn together. */
  subject: string;
  bounds: PackBounds;
  needs: PackNeeds;
  learnt: Learnt;
  room: Candidate;
  /** The share of requests after which one item is asked again alone, from 0 to 1. */
  sample: number;
}

/** What the questions of one step come to. */
export interface StepRequests {
  requests: number;
  /** How many more are to be expected that look at an answer a second time. */
  samples: number;
  questions: number;
  promptTokens: number;
}

/** What runs come to, without a failure. */
export interface ForeseenRequests {
  /** By the path of the step. */
  steps: ReadonlyMap<string, StepRequests>;
  /** When the last answer is there, epoch milliseconds. */
  finishAt: number;
}

/** How runs are worked off. */
export interface WorkTerms {
  /** Runs at work at the same time, at least 1. */
  concurrency: number;
  now: number;
  /** Gives the slots. */
  sends: Pick<SendTimes, "take">;
}

/**
 * How long a permit takes that is there at once, and how long a worker takes from one run to the next when many are
 * answered together, in milliseconds: who has come by the time of the permit goes along. As seen with a store on Redis.
 */
const PERMIT_MS = 10;
const TURN_MS = 1;

/**
 * Plays how runs are worked off, permit by permit: who waits when one is there goes along, as at the desk (`pack-desk.ts`).
 * Each run asks its questions one after the other.
 */
export function foreseeRequests(
  runs: readonly (readonly Ask[])[],
  { concurrency, now, sends }: WorkTerms,
): ForeseenRequests {
  const desk = new Desk();
  const events = new Timeline();
  const begin = takeTurns(runs, desk);
  for (let n = 0; n < concurrency; n++) begin();
  const hear = (asked: readonly Asked[], at: number) => {
    desk.learn(asked);
    for (const [index, { run, place }] of asked.entries()) {
      events.add(at + index * TURN_MS, () => void (desk.add(run, place + 1) || begin()));
    }
  };
  let at = now;
  for (;;) {
    if (desk.isWaiting) {
      const slot = sends.take(at + PERMIT_MS);
      events.playUntil(slot);
      at = slot;
      const asked = desk.send();
      const answeredAt = slot + (asked[0]?.ask.line.latencyMs ?? 0);
      events.add(answeredAt, () => hear(asked, answeredAt));
    } else {
      const next = events.playNext();
      if (next === undefined) return { steps: desk.steps, finishAt: at };
      at = Math.max(at, next);
    }
  }
}

/** Each call begins the next run that has a question; nothing when there is none any more. */
function takeTurns(runs: readonly (readonly Ask[])[], desk: Desk): () => void {
  let begun = 0;
  return () => {
    while (begun < runs.length && !desk.add(runs[begun++] ?? [], 0));
  };
}

/** A question at the desk, and where it stands in its run. */
interface Asked {
  ask: Ask;
  run: readonly Ask[];
  place: number;
}

/** The questions that wait for a permit. */
class Desk {
  readonly steps = new Map<string, StepRequests>();
  /** A packed line stands here once, all others as often as they have questions. */
  readonly #order = new Queue<Line>();
  readonly #waiting = new Map<Line, Queue<Asked>>();
  readonly #learnt = new Map<string, Learnt>();

  get isWaiting(): boolean {
    return this.#order.size > 0;
  }

  /** Takes a run's next question in; false when it has none any more. */
  add(run: readonly Ask[], place: number): boolean {
    const ask = run[place];
    if (!ask) return false;
    const { line } = ask;
    const waiting = this.#waiting.get(line) ?? new Queue<Asked>();
    this.#waiting.set(line, waiting);
    if (!line.pack || waiting.size === 0) this.#order.push(line);
    waiting.push({ ask, run, place });
    return true;
  }

  /** Sends one request: whoever is first, with all that go along. */
  send(): Asked[] {
    const line = this.#order.shift();
    const waiting = line && this.#waiting.get(line);
    if (!line || !waiting) return [];
    const asked = waiting.take(line.pack ? this.#sizeOf(line.pack, waiting) : 1);
    if (line.pack && waiting.size > 0) this.#order.push(line);
    this.#count(line, asked);
    return asked;
  }

  /** What a request without a fault teaches. */
  learn(asked: readonly Asked[]): void {
    const pack = asked[0]?.ask.line.pack;
    if (!pack) return;
    const outcome = { items: asked.length, failed: 0, isCut: false, idErrors: 0, outputTokens: null };
    this.#learnt.set(pack.subject, afterPack(this.#learntOf(pack), outcome, pack.bounds));
  }

  #sizeOf(pack: PackedLine, waiting: Queue<Asked>): number {
    const tokens = waiting.peek(LOOKED_AT).map(({ ask }) => ask.tokens);
    return packSize(tokens, { ...pack, learnt: this.#learntOf(pack) });
  }

  #learntOf({ subject, learnt }: PackedLine): Learnt {
    return this.#learnt.get(subject) ?? learnt;
  }

  #count({ step, pack }: Line, asked: readonly Asked[]): void {
    const fenceTokens = asked.length > 1 ? FENCE_TOKENS : 0;
    const own = asked.reduce((sum, { ask }) => sum + ask.tokens + fenceTokens, 0);
    const before = this.steps.get(step) ?? { requests: 0, samples: 0, questions: 0, promptTokens: 0 };
    this.steps.set(step, {
      requests: before.requests + 1,
      samples: before.samples + (asked.length > 1 ? (pack?.sample ?? 0) : 0),
      questions: before.questions + asked.length,
      promptTokens: before.promptTokens + own + (pack?.needs.sharedTokens ?? 0),
    });
  }
}

/** What will happen, the earliest first; at one time in the order in which it was added. */
class Timeline {
  readonly #events: Array<{ at: number; happen: () => void }> = [];

  add(at: number, happen: () => void): void {
    const behind = this.#events.findIndex((event) => event.at > at);
    this.#events.splice(behind < 0 ? this.#events.length : behind, 0, { at, happen });
  }

  /** Lets everything up to a time happen. */
  playUntil(time: number): void {
    while ((this.#events[0]?.at ?? Number.POSITIVE_INFINITY) <= time) this.playNext();
  }

  /** @returns when it was; undefined when nothing is left. */
  playNext(): number | undefined {
    const event = this.#events.shift();
    event?.happen();
    return event?.at;
  }
}

/** First in, first out, at a cost that does not grow with how many there are. */
class Queue<T> {
  #items: T[] = [];
  #from = 0;

  get size(): number {
    return this.#items.length - this.#from;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    return this.take(1)[0];
  }

  take(count: number): T[] {
    const taken = this.#items.slice(this.#from, this.#from + count);
    this.#from += taken.length;
    if (this.#from > 1_000) {
      this.#items = this.#items.slice(this.#from);
      this.#from = 0;
    }
    return taken;
  }

  peek(count: number): T[] {
    return this.#items.slice(this.#from, this.#from + count);
  }
}
