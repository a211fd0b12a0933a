import type { Completion } from "./completion.ts";

/** How long a generation cannot be looked up yet, in milliseconds. */
const READABLE_AFTER_MS = 10_000;

/** What is kept of an answer: everything but its text. */
export interface GenerationRecord {
  apiType: "completions" | "embeddings";
  id: string;
  model: string;
  provider: string;
  /** Epoch ms. */
  createdAt: number;
  /** Epoch ms. */
  completedAt: number;
  streamed: boolean;
  finishReason: string | null;
  promptTokens: number;
  completionTokens: number;
  reasoningTokens: number;
  cost: number;
}

/** An answer as far as it is recorded; embeddings have no output tokens and no finish. */
type Answered = Pick<Completion, "id" | "created" | "model" | "provider" | "promptTokens" | "cost"> &
  Partial<Pick<Completion, "finishReason" | "completionTokens" | "reasoningTokens">>;

/** How an answer was given, and when (epoch ms). */
interface Circumstances {
  apiType: GenerationRecord["apiType"];
  streamed: boolean;
  now: number;
}

/** The answers that were given, for `GET /generation`. */
export class Generations {
  readonly #records = new Map<string, GenerationRecord>();
  #count = 0;

  /** How many answers were begun. */
  get count(): number {
    return this.#count;
  }

  /** The next generation id, and the moment of it in Unix seconds. */
  next(now: number): { id: string; created: number } {
    this.#count += 1;
    const created = Math.floor(now / 1000);
    return { id: `gen-${created}-Sim${String(this.#count).padStart(17, "0")}`, created };
  }

  /** Keeps what there is to know about an answer. */
  record(answered: Answered, { apiType, streamed, now }: Circumstances): void {
    const { id, created, model, provider, promptTokens, cost } = answered;
    const { finishReason = null, completionTokens = 0, reasoningTokens = 0 } = answered;
    const tokens = { promptTokens, completionTokens, reasoningTokens };
    const times = { createdAt: created * 1000, completedAt: now };
    this.#records.set(id, {
      id,
      apiType,
      model,
      provider,
      streamed,
      finishReason,
      cost,
      ...tokens,
      ...times,
    });
  }

  /** A record, once it is old enough to be read. */
  find(id: string, now: number): GenerationRecord | undefined {
    const record = this.#records.get(id);
    return record !== undefined && now >= record.completedAt + READABLE_AFTER_MS ? record : undefined;
  }
}
