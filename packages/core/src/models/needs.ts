import { estimateTokens } from "../shared/token-estimate.ts";
import { callsOf, imagesIn, textOf } from "./chat.ts";
import type { ModelRequest } from "./model-request.ts";
import type { Task } from "./profiles.ts";
import { routeTask } from "./route-task.ts";
import type { Needs } from "./router.ts";
import { isForced } from "./tool.ts";

/** Ids that the user prefers, by task. */
export type PreferredModels = Partial<Record<Task, readonly string[]>>;

/** About what a model reserves for one image. */
const IMAGE_TOKENS = 1_000;

/** What a request needs of a model, estimated without asking anybody. */
export function needsOf<T>(request: ModelRequest<T>, prefer: PreferredModels): Needs {
  const text = request.messages.map(textOf).join("\n");
  const images = request.messages.reduce((sum, message) => sum + imagesIn(message), 0);
  const calls = request.messages.flatMap(callsOf);
  const tools = request.tools ?? [];
  const task = request.task === "auto" ? routeTask(text) : request.task;
  return {
    task,
    promptTokens:
      estimateTokens(text) + images * IMAGE_TOKENS + jsonTokens(request.answer?.schema, calls, tools),
    outputTokens: request.maxOutputTokens,
    schema: request.answer !== undefined,
    images: images > 0,
    tools: tools.length > 0 || calls.length > 0,
    toolChoice: tools.length > 0 && isForced(request.toolChoice),
    models: request.models,
    prefer: prefer[task],
  };
}

/** Tokens of everything that goes out beside the text; what is absent or empty counts nothing. */
function jsonTokens(
  ...parts: ReadonlyArray<Record<string, unknown> | readonly unknown[] | undefined>
): number {
  const sent = parts.filter((part) => part !== undefined && Object.keys(part).length > 0);
  return sent.reduce((sum, part) => sum + estimateTokens(JSON.stringify(part)), 0);
}
