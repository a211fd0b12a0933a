import { SluiceError } from "../../errors/sluice-error.ts";
import { RequestMeter } from "../request-meter.ts";

/**
 * Counts the requests of several runs that ask together: each is one run's, so that the runs' requests add up to those
 * that were sent. The first run that has one left pays.
 */
export class PackMeter extends RequestMeter {
  readonly #meters: readonly RequestMeter[];
  readonly #paidBy: number[] = [];

  constructor(meters: readonly RequestMeter[]) {
    super({ budget: Number.MAX_SAFE_INTEGER });
    this.#meters = meters;
  }

  /** The place of the run that paid for the last request; 0 before the first. */
  get payer(): number {
    return this.#paidBy.at(-1) ?? 0;
  }

  /** @throws SluiceError REQUEST_BUDGET when no run has a request left. */
  override charge(): void {
    let refusal: unknown;
    for (const [index, meter] of this.#meters.entries()) {
      try {
        meter.charge();
        this.#paidBy.push(index);
        return;
      } catch (error) {
        if (!SluiceError.has(error, "REQUEST_BUDGET")) throw error;
        refusal ??= error;
      }
    }
    throw refusal;
  }

  override giveBack(): void {
    this.#meters[this.payer]?.giveBack();
    this.#paidBy.pop();
  }
}
