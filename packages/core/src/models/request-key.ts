import { cacheKey } from "../cache/cache-key.ts";
import type { ModelRequest } from "./model-request.ts";

/** The content address of a request's answer: the same for equal questions to one server. */
export function requestKey<T>(request: ModelRequest<T>, server: string): string {
  return cacheKey({
    server,
    messages: request.messages,
    schema: shapeOf(request),
    task: request.task,
    models: request.models ?? null,
    temperature: request.temperature,
    maxOutputTokens: request.maxOutputTokens,
  });
}

/** What an answer may look like: the schema, and the tools that may be called instead. */
function shapeOf<T>({ answer, tools, toolChoice }: ModelRequest<T>): unknown {
  const schema = answer?.schema ?? null;
  return tools?.length ? { schema, tools, toolChoice: toolChoice ?? "auto" } : schema;
}
