/** For LangChain: pipelines as Runnables, Runnables as steps, free models as a chat model. Loads `@langchain/*`. */

export { toRunnable } from "./langchain/pipeline-runnable.ts";
export { type RunnableOptions, runnable } from "./langchain/runnable-step.ts";
export { type ChatModelOptions, chatModel } from "./models/openrouter/chat-model.ts";
export { unwrapLayerError } from "./models/openrouter/layer-error.ts";
