import { isCompanyExpected, LOOK_MS } from "../models/pack/pack-company.ts";
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
import { Queue, type Timeline } from "./timeline.ts";

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

/** A question at the desk, and where it stands in its run. */
export interface Asked {
  ask: Ask;
  run: readonly Ask[];
  place: number;
}

/** How a packed line stands. */
interface LineState {
  /** It waits for company or for a permit. */
  isOpen: boolean;
  /** Requests for several questions that are under way. */
  underWay: number;
  answeredAt: number;
}

/** The questions that wait for company and for a permit, as at the desk of the model layer (`pack-desk.ts`). */
export class ForeseenDesk {
  readonly steps = new Map<string, StepRequests>();
  readonly #events: Timeline;
  /** Who waits for a permit: a packed line once, all others as often as they have questions. */
  readonly #order = new Queue<Line>();
  readonly #waiting = new Map<Line, Queue<Asked>>();
  readonly #states = new Map<Line, LineState>();
  readonly #learnt = new Map<string, Learnt>();

  constructor(events: Timeline) {
    this.#events = events;
  }

  get isWaiting(): boolean {
    return this.#order.size > 0;
  }

  /** Takes a run's next question in; false when it has none any more. */
  add(run: readonly Ask[], place: number): boolean {
    const ask = run[place];
    if (!ask) return false;
    const { line } = ask;
    this.#waitingOf(line).push({ ask, run, place });
    if (!line.pack) this.#order.push(line);
    else if (!this.#stateOf(line).isOpen) this.#gather(line, line.pack);
    return true;
  }

  /** Sends one request: whoever is first, with all that go along. */
  send(): Asked[] {
    const line = this.#order.shift();
    if (!line) return [];
    const waiting = this.#waitingOf(line);
    const asked = waiting.take(line.pack ? this.#sizeOf(line.pack, waiting) : 1);
    this.#count(line, asked);
    if (!line.pack) return asked;
    const state = this.#stateOf(line);
    if (asked.length > 1) state.underWay += 1;
    state.isOpen = false;
    if (waiting.size > 0) this.#gather(line, line.pack);
    return asked;
  }

  /** A request is answered, without a fault. */
  answered(asked: readonly Asked[]): void {
    const line = asked[0]?.ask.line;
    if (!line?.pack || asked.length === 1) return;
    const state = this.#stateOf(line);
    state.underWay -= 1;
    state.answeredAt = this.#events.now;
    const outcome = { items: asked.length, failed: 0, isCut: false, idErrors: 0, outputTokens: null };
    this.#learnt.set(line.pack.subject, afterPack(this.#learntOf(line.pack), outcome, line.pack.bounds));
  }

  /** Waits for company as long as some is expected, then for a permit. */
  #gather(line: Line, pack: PackedLine): void {
    const state = this.#stateOf(line);
    const waiting = this.#waitingOf(line);
    const since = this.#events.now;
    const { size } = this.#learntOf(pack);
    state.isOpen = true;
    const look = () => {
      const { now } = this.#events;
      const { underWay, answeredAt } = state;
      const times = { sinceAnswerMs: now - answeredAt, waitedMs: now - since };
      const isExpected = isCompanyExpected({ waiting: waiting.size, size, underWay, ...times });
      if (isExpected) this.#events.add(now + LOOK_MS, look);
      else this.#order.push(line);
    };
    look();
  }

  #waitingOf(line: Line): Queue<Asked> {
    const waiting = this.#waiting.get(line) ?? new Queue<Asked>();
    this.#waiting.set(line, waiting);
    return waiting;
  }

  #stateOf(line: Line): LineState {
    const state = this.#states.get(line) ?? {
      isOpen: false,
      underWay: 0,
      answeredAt: Number.NEGATIVE_INFINITY,
    };
    this.#states.set(line, state);
    return state;
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
