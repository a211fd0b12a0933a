import type { Schema } from "../../shared/schema.ts";
import { type BlockOf, buildBlock, type InnerBlock } from "../block.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** What the steps of a loop see besides. */
export interface LoopView<State> {
  /** What the round before gave, or `start` in the first. */
  readonly state: State;
  /** The round, from 0. */
  readonly round: number;
}

/** Options of {@link loop}. */
export interface LoopOptions<View, State> {
  /** What is carried from round to round; checked after each. */
  state: Schema<State>;
  /** The state before the first round. */
  start: (view: View) => NoInfer<State>;
  /** The steps of one round; the last one's output is the next state. */
  body: (block: InnerBlock<View, LoopView<State>>) => BlockOf<NoInfer<State>>;
  /** True when the state is what was wanted; asked after each round, so that there is always one. */
  until: (view: View & LoopView<NoInfer<State>>) => boolean;
  /** Rounds at most, 1 to 100. */
  maxRounds: number;
  /** After the last round without success: fail the run (default), or keep the last state. */
  onLimit?: "fail" | "keep" | undefined;
}

/**
 * A step that repeats others until a predicate holds. Every round is recorded on its own.
 *
 * ```ts
 * .step("draft", loop({
 *   state: z.object({ text: z.string(), score: z.number() }),
 *   start: () => ({ text: "", score: 0 }),
 *   body: (round) => round.step("better", llm({ output: …, prompt: ({ state }) => `Improve:\n${state.text}` })),
 *   until: ({ state }) => state.score >= 8,
 *   maxRounds: 3,
 * }))
 * ```
 */
export function loop<View, State>(options: LoopOptions<View, State>): Step<View, State> {
  const { state, start, body, until, maxRounds, onLimit = "fail" } = options;
  return stepOf({
    kind: "loop",
    state,
    start: ofView(start),
    body: buildBlock(body),
    until: ofView(until),
    maxRounds,
    onLimit,
  });
}
