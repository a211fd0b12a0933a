import { estimateTokens } from "../shared/token-estimate.ts";
import { imagesIn, textOf } from "./chat.ts";
import type { ModelRequest } from "./model-request.ts";
import type { Task } from "./profiles.ts";
import { routeTask } from "./route-task.ts";
import type { Needs } from "./router.ts";

/** Ids that the user prefers, by task. */
export type PreferredModels = Partial<Record<Task, readonly string[]>>;

/** About what a model reserves for one image. */
const IMAGE_TOKENS = 1_000;

/** What a request needs of a model, estimated without asking anybody. */
export function needsOf<T>(request: ModelRequest<T>, prefer: PreferredModels): Needs {
  const text = request.messages.map(textOf).join("\n");
  const images = request.messages.reduce((sum, message) => sum + imagesIn(message), 0);
  const schemaTokens = request.answer ? estimateTokens(JSON.stringify(request.answer.schema)) : 0;
  const task = request.task === "auto" ? routeTask(text) : request.task;
  return {
    task,
    promptTokens: schemaTokens + images * IMAGE_TOKENS + estimateTokens(text),
    outputTokens: request.maxOutputTokens,
    schema: request.answer !== undefined,
    images: images > 0,
    models: request.models,
    prefer: prefer[task],
  };
}
