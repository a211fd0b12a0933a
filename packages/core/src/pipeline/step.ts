import type { ChatMessage } from "../models/chat.ts";
import type { Task } from "../models/profiles.ts";
import type { Schema } from "../shared/schema.ts";

/**
 * A step as its author holds it: what it does, and for the compiler what its functions see and what it gives.
 *
 * @typeParam View what the step's functions see: `{ input, steps }`, and `item`, `items`, `state` … inside other steps.
 * @typeParam Output what later steps see of it.
 */
export interface Step<View, Output> {
  readonly definition: StepDefinition;
  /** For the compiler only; never set. */
  readonly types?: { readonly view: (view: View) => void; readonly output: Output };
}

/** What a step's functions see, when nobody knows the types any more. */
export interface AnyView {
  readonly input: unknown;
  /** The outputs of all earlier steps, by name. */
  readonly steps: Readonly<Record<string, unknown>>;
  /** What a step around this one adds: `item`, `index`, `items`, `state`, `round`, `value`. */
  readonly [added: string]: unknown;
}

/** A function of the author's, after the builder has proved that it is only called with the view it was written for. */
export type OfView<Result> = (view: AnyView) => Result;

/** A step in its place. */
export interface NamedStep {
  readonly name: string;
  readonly step: StepDefinition;
}

/** Steps that run one after the other; the last one's output is the block's. */
export interface Block {
  readonly steps: readonly NamedStep[];
}

/** Every kind of step, as data with functions in it. The executor has one file for each. */
export type StepDefinition = KindDefinition & {
  /** What the step was made from, for its fingerprint; see `madeFrom`. */
  readonly madeFrom?: object | undefined;
};

type KindDefinition =
  | CodeDefinition
  | LlmDefinition
  | AgentDefinition
  | MapDefinition
  | ReduceDefinition
  | ParallelDefinition
  | BranchDefinition
  | LoopDefinition
  | PipelineDefinition
  | ApproveDefinition
  | SleepDefinition;

/** The words for the kinds of steps. */
export type StepKind = StepDefinition["kind"];

/** A step that runs a function of the author's. */
export interface CodeDefinition {
  readonly kind: "code";
  readonly output: Schema<unknown>;
  /** Gets the view and, besides, `run`, `document`, `signal` and `log`. */
  readonly run: OfView<unknown>;
  readonly timeoutMs: number | null;
  readonly retry: { readonly maxAttempts: number; readonly delayMs: number };
}

/** How a model is asked, whether once or by an agent. */
export interface AskOptions {
  readonly task: Task | "auto";
  readonly models: readonly string[] | null;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  readonly maxRepairs: number;
  readonly cache: boolean;
}

/** A worked example shown to the model before the question: what it was told, and the right answer. */
export interface Example<Output> {
  readonly prompt: string;
  readonly answer: Output;
}

/** True, or what is wrong: the text is told to the model, which gets another try. */
export type CheckResult = boolean | string;

/** What a model is told: a text, or what a function makes of the view. */
export type Prompt = string | OfView<string | readonly ChatMessage[]>;

/** A step that asks a model. */
export interface LlmDefinition extends AskOptions {
  readonly kind: "llm";
  /** Null for a step whose answer is plain text. */
  readonly output: Schema<unknown> | null;
  readonly prompt: Prompt;
  readonly images: OfView<readonly string[]> | null;
  readonly examples: ReadonlyArray<Example<unknown>>;
  /** Gets the view and `output`. */
  readonly check: OfView<CheckResult> | null;
  /** Null for a step whose questions are asked one by one. */
  readonly pack: PackDefinition | null;
}

/** How the questions of a step are asked together. */
export interface PackDefinition {
  /** Null for the default of its kind. */
  readonly maxItems: number | null;
  /** The share of requests after which one item is asked again alone, from 0 to 1. */
  readonly sample: number;
}

/** A tool that an agent may call. */
export interface ToolDefinition {
  readonly name: string;
  readonly description: string;
  readonly input: Schema<unknown>;
  readonly run: (input: unknown, at: { readonly signal: AbortSignal }) => unknown;
}

/** A step in which a model calls tools until it has its answer. */
export interface AgentDefinition extends AskOptions {
  readonly kind: "agent";
  readonly output: Schema<unknown> | null;
  readonly system: string | null;
  readonly prompt: Prompt;
  readonly tools: readonly ToolDefinition[];
  readonly check: OfView<CheckResult> | null;
  readonly maxSteps: number;
  /** Requests that this step may send; null for the run's own budget. */
  readonly maxRequests: number | null;
}

/** A block for each item of an array. */
export interface MapDefinition {
  readonly kind: "map";
  readonly over: OfView<readonly unknown[]>;
  readonly item: Schema<unknown> | null;
  readonly each: Block;
  readonly concurrency: number;
  readonly onItemError: "fail" | "collect";
}

/** Many items made into one, group by group. */
export interface ReduceDefinition {
  readonly kind: "reduce";
  readonly over: OfView<readonly unknown[]>;
  readonly combine: Block;
  readonly maxGroupTokens: number;
  readonly maxGroupItems: number;
  readonly whenEmpty: OfView<unknown> | null;
  readonly concurrency: number;
}

/** Steps side by side. */
export interface ParallelDefinition {
  readonly kind: "parallel";
  readonly branches: readonly NamedBlock[];
  /** Whether first steps of branches are asked in one request where they can be. */
  readonly fuse: boolean;
}

/** A block under a name: a branch, a case. */
export interface NamedBlock {
  readonly name: string;
  readonly block: Block;
}

/** One of several blocks, chosen by a value. */
export interface BranchDefinition {
  readonly kind: "branch";
  readonly on: OfView<unknown>;
  /** The field of the value that chooses; null when the value itself does. */
  readonly by: string | null;
  readonly cases: readonly NamedBlock[];
}

/** A block repeated until a predicate holds. */
export interface LoopDefinition {
  readonly kind: "loop";
  readonly state: Schema<unknown>;
  readonly start: OfView<unknown>;
  readonly body: Block;
  readonly until: OfView<boolean>;
  readonly maxRounds: number;
  readonly onLimit: "fail" | "keep";
}

/** The part of a pipeline that runs. */
export interface PipelineBody extends Block {
  readonly name: string;
  readonly version: number;
  readonly input: Schema<unknown>;
  /** Null when the last step's output is the pipeline's. */
  readonly makeOutput: OfView<unknown> | null;
}

/** Another pipeline as one step. */
export interface PipelineDefinition {
  readonly kind: "pipeline";
  readonly pipeline: PipelineBody;
  readonly input: OfView<unknown>;
}

/** A wait for a person's decision. */
export interface ApproveDefinition {
  readonly kind: "approve";
  readonly decision: Schema<unknown>;
  readonly question: OfView<string>;
  readonly timeoutMs: number | null;
  readonly onTimeout: OfView<unknown> | null;
}

/** A wait until a time. */
export interface SleepDefinition {
  readonly kind: "sleep";
  /** From when the step is first reached; null when there is an `until`. */
  readonly forMs: number | null;
  /** Epoch milliseconds, a Date, or an ISO 8601 text. */
  readonly until: OfView<number | Date | string> | null;
}

/**
 * The step of a definition. The types are the author's word here and the builder's proof later: a step is only ever
 * placed where its view is what its functions were written for.
 */
export function stepOf<View, Output>(definition: StepDefinition): Step<View, Output> {
  return { definition };
}

/** Forgets what a function's view is; see {@link stepOf} for why that is sound. */
export function ofView<View, Result>(call: (view: View) => Result): OfView<Result> {
  return call as unknown as OfView<Result>;
}
