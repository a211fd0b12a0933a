import { SluiceError } from "../errors/sluice-error.ts";

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
}

/** Counts what one run spends and holds it to its budget. */
export class RequestMeter {
  #requests: number;
  readonly #models: Set<string>;
  readonly #budget: number;
  #answers = 0;
  #cachedAnswers = 0;

  /** @param spent what the run has used before, when it is resumed. */
  constructor(
    options: {
      budget?: number | undefined;
      spent?: Pick<RunSpending, "requests" | "models"> | undefined;
    } = {},
  ) {
    const { budget = DEFAULT_REQUEST_BUDGET, spent } = options;
    this.#budget = budget;
    this.#requests = spent?.requests ?? 0;
    this.#models = new Set(spent?.models);
  }

  /** A part of this budget for one step: what it spends counts here as well. */
  part(budget: number): RequestMeter {
    return new PartMeter(this, budget);
  }

  /** Refuses when the budget is spent. @throws SluiceError REQUEST_BUDGET */
  assertBudget(): void {
    if (this.#requests < this.#budget) return;
    throw new SluiceError("REQUEST_BUDGET", {
      message: `The run has sent ${this.#requests} requests, which is its whole budget; it was stopped before it spends more of the account's quota.`,
      facts: { budget: this.#budget },
    });
  }

  /** One request was sent. */
  charge(): void {
    this.#requests++;
  }

  /** One request provably never left. */
  giveBack(): void {
    this.#requests--;
  }

  /** A model, or the cache, has answered. */
  answered(model: string, cached: boolean): void {
    this.#models.add(model);
    this.#answers++;
    if (cached) this.#cachedAnswers++;
  }

  /** What the run has used so far. */
  usage(): { requests: number; models: string[]; cached: boolean } {
    return {
      requests: this.#requests,
      models: [...this.#models],
      cached: this.#answers > 0 && this.#cachedAnswers === this.#answers,
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

  override assertBudget(): void {
    super.assertBudget();
    this.#whole.assertBudget();
  }

  override charge(): void {
    super.charge();
    this.#whole.charge();
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
