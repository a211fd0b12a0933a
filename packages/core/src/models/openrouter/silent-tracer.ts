import { BaseCallbackHandler } from "@langchain/core/callbacks/base";

/**
 * Stands where LangChain would put its LangSmith tracer, and traces nothing.
 *
 * LangChain adds that tracer whenever a variable of the environment says so, and posts every prompt and answer with it.
 * What a pipeline reads goes to the models and nowhere else, whatever the environment holds.
 */
export class SilentTracer extends BaseCallbackHandler {
  override readonly name = "langchain_tracer";

  /** Asked for by LangChain when a trace is under way. */
  updateFromRunTree(): void {}

  /** Asked for by LangChain before each part of a run; there is no trace that the part could belong to. */
  getRunTreeWithTracingConfig(): undefined {}
}
