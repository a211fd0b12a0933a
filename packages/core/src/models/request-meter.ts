import { SluiceError } from "../errors/sluice-error.ts";
import type { PackedAnswer } from "./pack/pack.ts";

/** Requests that one run may send by default. */
const DEFAULT_REQUEST_BUDGET = 20;

/** What a run has used of the account. */
export interface RunSpending {
  /** HTTP requests sent, failed ones included. */
  requests: number;
  /** Models that answered, in order of first use. */
  models: readonly string[];
  /** True when models were asked and every answer came from the cache. */
  cached: boolean;
  /** The answers that were given together with those of other runs; absent when there is none. */
  packs?: readonly PackedAnswer[] | undefined;
}

/** More places than these are not kept: a run may ask thousands of questions. */
const MAX_PACKS = 100;

/** Counts what one run spends and holds it to its budget. */
export class RequestMeter {
  #requests: number;
  readonly #models: Set<string>;
  readonly #packs: PackedAnswer[];
  readonly #budget: number;
  #answers = 0;
  #cachedAnswers = 0;

  /** @param spent what the run has used before, when it is resumed. */
  constructor(
    options: {
      budget?: number | undefined;
      spent?: Omit<RunSpending, "cached"> | undefined;
    } = {},
  ) {
    const { budget = DEFAULT_REQUEST_BUDGET, spent } = options;
    this.#budget = budget;
    this.#requests = spent?.requests ?? 0;
    this.#models = new Set(spent?.models);
    this.#packs = [...(spent?.packs ?? [])];
  }

  /** A part of this budget for one step: what it spends counts here as well. */
  part(budget: number): RequestMeter {
    return new PartMeter(this, budget);
  }

  /**
   * Takes one request out of the budget, before anything is waited for: what is asked side by side must not spend the
   * last one twice.
   *
   * @throws SluiceError REQUEST_BUDGET
   */
  charge(): void {
    if (this.#requests >= this.#budget) throw overBudget(this.#budget);
    this.#requests++;
  }

  /** One request was not sent, or provably never left. */
  giveBack(): void {
    this.#requests--;
  }

  /** A model, or the cache, has answered. */
  answered(model: string, cached: boolean): void {
    this.#models.add(model);
    this.#answers++;
    if (cached) this.#cachedAnswers++;
  }

  /** An answer was given together with others. */
  packed(answer: PackedAnswer): void {
    if (this.#packs.length < MAX_PACKS) this.#packs.push(answer);
  }

  /** What the run has used so far. */
  usage(): { requests: number; models: string[]; cached: boolean; packs?: readonly PackedAnswer[] } {
    return {
      requests: this.#requests,
      models: [...this.#models],
      cached: this.#answers > 0 && this.#cachedAnswers === this.#answers,
      ...(this.#packs.length > 0 && { packs: [...this.#packs] }),
    };
  }
}

/** Counts for itself and for the meter it is a part of; the smaller budget holds. */
class PartMeter extends RequestMeter {
  readonly #whole: RequestMeter;

  constructor(whole: RequestMeter, budget: number) {
    super({ budget });
    this.#whole = whole;
  }

  override charge(): void {
    super.charge();
    try {
      this.#whole.charge();
    } catch (error) {
      super.giveBack();
      throw error;
    }
  }

  override giveBack(): void {
    super.giveBack();
    this.#whole.giveBack();
  }

  override answered(model: string, cached: boolean): void {
    super.answered(model, cached);
    this.#whole.answered(model, cached);
  }
}

function overBudget(budget: number): SluiceError {
  return new SluiceError("REQUEST_BUDGET", {
    message: `The ${budget} requests of the budget are spent; the work was stopped before it spends more of the account's quota. Raise \`limits.requests\` of the pipeline, or \`maxRequests\` of the step, where more are meant.`,
    facts: { budget },
  });
}
