import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { Serialized } from "@langchain/core/load/serializable";

/** One run as a callback handler heard of it. */
interface HeardRun {
  name: string | undefined;
  id: string;
  parent: string | undefined;
  tags: string[] | undefined;
  metadata: Record<string, unknown> | undefined;
  inputs: unknown;
  outputs?: unknown;
  error?: unknown;
}

/** Keeps what LangChain tells of chains, models and custom events. */
export class Heard extends BaseCallbackHandler {
  override name = "heard";
  override awaitHandlers = true;
  readonly runs: HeardRun[] = [];
  readonly events: Array<{ name: string; facts: unknown; run: string }> = [];

  run(name: string): HeardRun {
    const [run, ...others] = this.runs.filter((one) => one.name === name);
    if (run && others.length === 0) return run;
    throw new Error(`There is not one run "${name}" among: ${this.runs.map((one) => one.name).join(", ")}`);
  }

  /** The name of the run around this one. */
  parentOf(name: string): string | undefined {
    const { parent } = this.run(name);
    return this.runs.find(({ id }) => id === parent)?.name;
  }

  override handleChainStart(...told: Parameters<NonNullable<BaseCallbackHandler["handleChainStart"]>>): void {
    const [, inputs, id, parent, tags, metadata, , name] = told;
    this.runs.push({ name, id, parent, tags, metadata, inputs });
  }

  override handleChatModelStart(
    _model: Serialized,
    _messages: unknown,
    id: string,
    parent?: string,
    _extra?: unknown,
    tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    this.runs.push({ name: "model", id, parent, tags, metadata, inputs: null });
  }

  override handleChainEnd(outputs: unknown, id: string): void {
    this.#change(id, { outputs });
  }

  override handleChainError(error: unknown, id: string): void {
    this.#change(id, { error });
  }

  override handleCustomEvent(name: string, facts: unknown, run: string): void {
    this.events.push({ name, facts, run });
  }

  #change(id: string, change: Partial<HeardRun>): void {
    const run = this.runs.find((one) => one.id === id);
    if (run) Object.assign(run, change);
  }
}
