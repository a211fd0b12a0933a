import type { ChatMessage } from "../chat.ts";
import type { AsksModels } from "../model-layer.ts";
import type { CallContext } from "../model-request.ts";
import type { Task } from "../profiles.ts";
import type { AcceptAnswer } from "../structured/accept-answer.ts";
import type { AnswerSchema } from "../structured/answer-schema.ts";
import type { ToolSpec } from "../tool.ts";

/** A tool that an agent may call. */
export interface AgentTool extends ToolSpec {
  /**
   * Does the work. `args` is what the model wrote: a JSON object, not checked against `parameters`.
   *
   * A result that is no string is told to the model as JSON. An error is told to it in a few words, except for those
   * that concern the whole run (a closed quota, a spent budget, a halted account): they end the agent.
   */
  call(args: unknown, at: { signal: AbortSignal }): Promise<unknown>;
}

/** What an agent is to do. */
export interface AgentTask<T> {
  /** What it is told first; null for nothing. */
  system: string | null;
  messages: readonly ChatMessage[];
  tools: readonly AgentTool[];
  /** The schema of its final answer, told in the system message; without one any text is taken. */
  answer?: AnswerSchema | undefined;
  /** Judges the final answer: the first one that calls no tool. */
  accept: AcceptAnswer<T>;
  /** Model turns it may take, the one with the final answer included. A repair is no turn of its own. */
  maxSteps: number;
  /** "auto" chooses by the messages' text. */
  task: Task | "auto";
  /** Only these ids, in this order; default the router's choice. */
  models?: readonly string[] | undefined;
  temperature: number;
  /** Tokens reserved for each turn. */
  maxOutputTokens: number;
  /** How often a model is shown its invalid answer and asked again, in each turn. */
  maxRepairs: number;
  /** Take turns from the cache, and store them there. */
  cache: boolean;
}

/**
 * Gives what was recorded under a key, or produces and records it. What is produced is plain JSON.
 *
 * Keys are `turn/<turn>` for a model turn and `tool/<turn>/<call>` for a tool's result, both counted from 0.
 */
export type Remember = (key: string, produce: () => Promise<unknown>) => Promise<unknown>;

/** What an agent works with. */
export interface AgentContext {
  layer: AsksModels;
  call: CallContext;
  /** Default: nothing is recorded. With a lasting one a resumed agent asks and calls nothing twice. */
  remember?: Remember | undefined;
}
