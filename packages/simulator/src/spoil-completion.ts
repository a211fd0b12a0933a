import { type Completion, estimateTokens, type ToolCall, textOfTokens } from "./completion.ts";
import type { Fault } from "./faults.ts";

/** A good answer with the text, the calls or the figures that a fault leaves of it. */
export function spoilCompletion(fault: Fault, completion: Completion): Completion {
  const text = completion.content ?? "";
  switch (fault.kind) {
    case "choice-error":
      return {
        ...withText(completion, firstPart(text)),
        finishReason: "error",
        error: {
          code: 502,
          message: "Upstream connection lost",
          metadata: { error_type: "provider_unavailable" },
        },
      };
    case "empty":
      return { ...withText(completion, ""), completionTokens: 0, reasoningTokens: 0 };
    case "reasoning-ate-budget":
      return eatBudget(completion);
    case "prose":
      return withText(completion, PROSE);
    case "text":
      return withText(completion, fault.content);
    case "truncated":
      return truncate(completion);
    case "wrong-schema":
      return withText(completion, breakSchema(text));
    case "fenced":
      return fence(completion);
    case "malformed-tool-arguments":
      return { ...completion, toolCalls: completion.toolCalls.map(withBrokenArguments) };
    case "empty-tool-arguments":
      return { ...completion, toolCalls: completion.toolCalls.map((call) => ({ ...call, arguments: "" })) };
    case "unknown-tool": {
      const { name = "no_such_tool" } = fault;
      return { ...completion, toolCalls: completion.toolCalls.map((call) => ({ ...call, name })) };
    }
    case "cost":
      return { ...completion, cost: fault.cost };
    case "other-model":
      return { ...completion, model: fault.model };
    default:
      return completion;
  }
}

/** An answer that was cut never came to the end of its fence. */
function fence(completion: Completion): Completion {
  const begun = `Sure! Here is the result you asked for:\n\n\`\`\`json\n${completion.content ?? ""}`;
  if (completion.finishReason === "length") return { ...withText(completion, begun), finishReason: "length" };
  return withText(completion, `${begun}\n\`\`\`\n\nLet me know if anything is missing.`);
}

/** The limit of tokens cuts what there is: the text, or the arguments of a call. */
function truncate(completion: Completion): Completion {
  const { content, toolCalls } = completion;
  if (toolCalls.length > 0) {
    return { ...completion, toolCalls: toolCalls.map(withBrokenArguments), finishReason: "length" };
  }
  return { ...withText(completion, firstPart(content ?? "")), finishReason: "length" };
}

/** The answer with as many tokens of its text as were sent before it broke off; all of them by default. */
export function firstTokens(completion: Completion, tokens = Number.POSITIVE_INFINITY): Completion {
  const { content } = completion;
  return content === null ? completion : { ...completion, content: textOfTokens(content, tokens) };
}

/** Arguments that stop before their closing brace. */
function withBrokenArguments(call: ToolCall): ToolCall {
  return { ...call, arguments: firstPart(call.arguments) };
}

const PROSE =
  "I read the document carefully. It covers several points, and I would be glad to go into any of them.";

function withText(completion: Completion, text: string): Completion {
  return {
    ...completion,
    content: text,
    toolCalls: [],
    finishReason: "stop",
    completionTokens: estimateTokens(text) + completion.reasoningTokens,
  };
}

function firstPart(text: string): string {
  return text.slice(0, Math.max(1, Math.floor(text.length * 0.6)));
}

/** An object with an unknown property only; an array where the answer was such an object already. */
function breakSchema(text: string): string {
  const broken = JSON.stringify({ unexpected: "This value does not follow the schema." });
  return text.trim() === "{}" ? "[]" : broken;
}

function eatBudget(completion: Completion): Completion {
  const reasoning = "First I should look at the document. It begins with a heading, so";
  const spent = Math.max(completion.completionTokens, estimateTokens(reasoning));
  return {
    ...completion,
    content: null,
    toolCalls: [],
    reasoning,
    finishReason: "length",
    completionTokens: spent,
    reasoningTokens: spent,
  };
}
