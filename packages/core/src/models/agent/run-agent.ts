import {
  AIMessage,
  type BaseMessage,
  createAgent,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  tool,
} from "langchain";
import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { parseJson } from "../../shared/json.ts";
import type { ChatMessage, FunctionCall } from "../chat.ts";
import type { ModelAnswer } from "../model-request.ts";
import { LayerChat } from "../openrouter/layer-chat.ts";
import { unwrapLayerError } from "../openrouter/layer-error.ts";
import { SilentTracer } from "../openrouter/silent-tracer.ts";
import { schemaPrompt } from "../structured/answer-schema.ts";
import { functionTools } from "../tool.ts";
import type { AgentContext, AgentTask, AgentTool, Remember } from "./agent-task.ts";
import { assertTools } from "./assert-tools.ts";
import { toolOutcome } from "./tool-outcome.ts";
import { Turns } from "./turns.ts";

/**
 * Lets a model call tools until it answers. Importing this file loads LangChain.
 *
 * The loop is LangChain's; every model turn is one question to the layer. The final answer is judged inside the layer,
 * so that a wrong one is repaired there; a call of an unknown tool or with broken arguments likewise.
 *
 * @throws SluiceError AGENT_STEPS when `maxSteps` turns bring no answer, PIPELINE_INVALID for an unusable tool name,
 *   what the layer throws, or the signal's reason.
 */
export async function runAgent<T>(task: AgentTask<T>, context: AgentContext): Promise<ModelAnswer<T>> {
  assertTools(task.tools);
  const { layer, call, remember = (_key, produce) => produce() } = context;
  const stop = new AbortController();
  // A signal of its own for each run: LangChain leaves listeners on the one it gets.
  const signal = AbortSignal.any(call.signal ? [call.signal, stop.signal] : [stop.signal]);
  const turns = new Turns({ task, layer, remember });
  const { maxSteps, models, temperature, maxOutputTokens, maxRepairs, cache } = task;
  const questions = { task: task.task, models, temperature, maxOutputTokens, maxRepairs, cache };
  const agent = createAgent({
    model: new LayerChat({ ...questions, layer: turns, call: { ...call, signal } }),
    tools: task.tools.map((one) => langchainTool(one, { turns, remember, signal, stop })),
    systemPrompt: new SystemMessage(systemText(task)),
  });
  const config = {
    signal,
    // Two steps of the graph for each turn; the turns themselves hold the limit.
    recursionLimit: 2 * maxSteps + 10,
    callbacks: [new SilentTracer()],
    configurable: {},
  };
  try {
    await unlessAborted(agent.invoke({ messages: task.messages.map(langchainMessage) }, config), signal);
    return turns.result();
  } catch (error) {
    throw signal.aborted ? signal.reason : unwrapLayerError(error);
  } finally {
    stop.abort();
  }
}

/** The tool as LangChain calls it. What escapes from it is no failure of the tool, and stops the whole agent. */
function langchainTool(
  declared: AgentTool,
  at: { turns: Turns<unknown>; remember: Remember; signal: AbortSignal; stop: AbortController },
) {
  const [providerToolDefinition] = functionTools([declared]);
  const call = async (args: unknown, callId: string): Promise<string> => {
    try {
      const outcome = () => toolOutcome(declared, args, at.signal);
      return z.string().parse(await at.remember(at.turns.keyOf(callId), outcome));
    } catch (error) {
      at.stop.abort(error);
      throw error;
    }
  };
  return tool((args: unknown, config: { toolCallId?: string }) => call(args, config.toolCallId ?? ""), {
    name: declared.name,
    description: declared.description,
    // LangChain would tell the model the stack of its own check; the tool checks its arguments itself.
    schema: z.looseObject({}),
    extras: { providerToolDefinition },
  });
}

function systemText<T>({ system, answer }: AgentTask<T>): string {
  const parts = [system ?? "", answer ? `For your final answer: ${schemaPrompt(answer)}` : ""];
  return parts.filter((part) => part !== "").join("\n\n");
}

function langchainMessage(message: ChatMessage): BaseMessage {
  switch (message.role) {
    case "system":
      return new SystemMessage(message.content);
    case "user":
      return new HumanMessage({ content: message.content });
    case "tool":
      return new ToolMessage({ content: message.content, tool_call_id: message.tool_call_id });
    case "assistant":
      return new AIMessage({
        content: message.content,
        tool_calls: (message.tool_calls ?? []).map(langchainCall),
      });
  }
}

const argumentsSchema = z.record(z.string(), z.unknown());

function langchainCall({ id, function: called }: FunctionCall) {
  try {
    return { id, name: called.name, args: argumentsSchema.parse(parseJson(called.arguments)) };
  } catch (cause) {
    throw new SluiceError("OPTION_INVALID", {
      message: `A message given to an agent holds a call of "${called.name}" whose arguments are not one JSON object.`,
      facts: { tool: called.name },
      cause,
    });
  }
}

/** The work's result, or the signal's reason as soon as it aborts: a tool that does not listen is not waited for. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stopListening = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const abort = () => reject(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    stopListening = () => signal.removeEventListener("abort", abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
