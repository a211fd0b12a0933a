import { z } from "zod";
import { SluiceError } from "../../errors/sluice-error.ts";
import { canonicalJson, parseJson } from "../../shared/json.ts";
import { type AnswerMessage, answerMessageSchema } from "../answer-message.ts";
import type { TokenUsage } from "../chat.ts";
import type { AsksModels } from "../model-layer.ts";
import type { CallContext, ModelAnswer, ModelRequest } from "../model-request.ts";
import type { Acceptance } from "../structured/accept-answer.ts";
import type { ToolCall } from "../tool.ts";
import type { AgentTask, Remember } from "./agent-task.ts";

/** One model turn as it is recorded. */
const turnSchema = answerMessageSchema.extend({
  model: z.string(),
  cached: z.boolean(),
  usage: z.object({ promptTokens: z.number(), completionTokens: z.number() }),
});

type Turn = z.infer<typeof turnSchema>;

/** What an agent's turns need to know of it. */
interface TurnsOptions<T> {
  task: Pick<AgentTask<T>, "accept" | "maxSteps">;
  layer: AsksModels;
  remember: Remember;
}

/**
 * The model layer as one agent sees it: counts the turns, records them, and judges the final answer, so that a wrong
 * one is repaired where all answers are.
 */
export class Turns<T> implements AsksModels {
  readonly #options: TurnsOptions<T>;
  readonly #taken: Turn[] = [];
  #asked = 0;
  #final: { value: T } | undefined;

  constructor(options: TurnsOptions<T>) {
    this.#options = options;
  }

  async ask<V>(request: ModelRequest<V>, call: CallContext): Promise<ModelAnswer<V>> {
    const turn = this.#asked++;
    const { task, remember } = this.#options;
    if (turn >= task.maxSteps) throw tooManySteps(task.maxSteps);
    let fresh: { turn: Turn; final: { value: T } | undefined } | undefined;
    const recorded = await remember(`turn/${turn}`, async () => {
      fresh = await this.#produce(turn, request, call);
      return fresh.turn;
    });
    const taken = readTurn(recorded, turn);
    this.#taken.push(taken);
    // Somebody else may have recorded this turn first; then theirs counts.
    const isOurs = fresh !== undefined && canonicalJson(fresh.turn) === canonicalJson(taken);
    this.#final = isOurs ? fresh?.final : await this.#judgeAgain(taken);
    const { model, cached, usage } = taken;
    return { value: accepted(await request.accept(taken)), model, cached, usage };
  }

  /** The final answer, with the model that gave it and what all turns took. @throws SluiceError INTERNAL without one. */
  result(): ModelAnswer<T> {
    const last = this.#taken.at(-1);
    if (!this.#final || !last) {
      throw new SluiceError("INTERNAL", { message: "The agent ended without a final answer." });
    }
    const usage = this.#taken.reduce(sumOfUsage, { promptTokens: 0, completionTokens: 0 });
    const cached = this.#taken.every((turn) => turn.cached);
    return { value: this.#final.value, model: last.model, cached, usage };
  }

  /** Where the result of a tool call belongs: `tool/<turn>/<call>`. */
  keyOf(callId: string): string {
    const turn = this.#taken.findLastIndex(({ toolCalls }) => toolCalls.some(({ id }) => id === callId));
    const index = this.#taken[turn]?.toolCalls.findIndex(({ id }) => id === callId) ?? -1;
    if (index < 0)
      throw new SluiceError("INTERNAL", { message: "A tool was called that no turn asked for." });
    return `tool/${turn}/${index}`;
  }

  async #produce<V>(
    turn: number,
    request: ModelRequest<V>,
    call: CallContext,
  ): Promise<{ turn: Turn; final: { value: T } | undefined }> {
    let said: AnswerMessage = { text: "", toolCalls: [] };
    const accept = async (answer: AnswerMessage): Promise<Acceptance<{ value: T } | undefined>> => {
      said = answer;
      return this.#judge(answer);
    };
    const { value, model, cached, usage } = await this.#options.layer.ask({ ...request, accept }, call);
    const toolCalls = said.toolCalls.map((toolCall, index) => renamed(toolCall, turn, index));
    return { turn: { text: said.text, toolCalls, model, cached, usage }, final: value };
  }

  async #judge(answer: AnswerMessage): Promise<Acceptance<{ value: T } | undefined>> {
    if (answer.toolCalls.length > 0) return { ok: true, value: undefined };
    const acceptance = await this.#options.task.accept(answer);
    return acceptance.ok ? { ok: true, value: { value: acceptance.value } } : acceptance;
  }

  async #judgeAgain(turn: Turn): Promise<{ value: T } | undefined> {
    return accepted(await this.#judge(turn));
  }
}

/**
 * Ids of our own: unique in the whole conversation, and the same whenever the agent is run, so that the turns that
 * follow are found in the cache. Nine letters and digits are what the strictest servers take.
 */
function renamed({ name, arguments: args }: ToolCall, turn: number, index: number): ToolCall {
  const id = `call${String(turn).padStart(3, "0")}${String(index).padStart(2, "0")}`;
  // LangChain parses the text with keys and all that can reach an object's prototype.
  return { id, name, arguments: JSON.stringify(parseJson(args)) };
}

function readTurn(recorded: unknown, turn: number): Turn {
  const parsed = turnSchema.safeParse(recorded);
  if (parsed.success) return parsed.data;
  throw new SluiceError("CHECKPOINT_INVALID", {
    message: `The recorded model turn ${turn} of an agent cannot be read.`,
    facts: { turn },
    cause: parsed.error,
  });
}

function accepted<V>(acceptance: Acceptance<V>): V {
  if (acceptance.ok) return acceptance.value;
  throw new SluiceError("ANSWER_INVALID", {
    message: `The recorded answer of an agent is no longer accepted: ${acceptance.problem}`,
  });
}

function sumOfUsage(sum: TokenUsage, { usage }: Turn): TokenUsage {
  return {
    promptTokens: sum.promptTokens + usage.promptTokens,
    completionTokens: sum.completionTokens + usage.completionTokens,
  };
}

function tooManySteps(maxSteps: number): SluiceError {
  return new SluiceError("AGENT_STEPS", {
    message: `The agent has taken ${maxSteps} model turns, which is all it may, and still calls tools instead of answering. Give it a narrower task or fewer tools, or raise \`maxSteps\`.`,
    facts: { maxSteps },
  });
}
