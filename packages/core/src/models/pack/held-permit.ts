import type { AcquireOptions, Ledger, Permit } from "../../quota/ledger.ts";

/** A permit that was acquired before it was known what it is spent on. */
export class HeldPermit {
  readonly #ledger: Ledger;
  #permit: Permit | undefined;

  constructor(ledger: Ledger, permit: Permit) {
    this.#ledger = ledger;
    this.#permit = permit;
  }

  /** The ledger, which gives this permit to whoever asks first. */
  asLedger(): Ledger {
    const ledger = this.#ledger;
    return {
      acquire: (options?: AcquireOptions) => {
        const permit = this.#permit;
        this.#permit = undefined;
        return permit ? Promise.resolve(permit) : ledger.acquire(options);
      },
      refund: (permit) => ledger.refund(permit),
      reject: (rejection) => ledger.reject(rejection),
      sync: (reading) => ledger.sync(reading),
      halt: (reason) => ledger.halt(reason),
      resume: () => ledger.resume(),
      status: () => ledger.status(),
    };
  }

  /** Gives it back when nobody has asked for it. */
  async release(): Promise<void> {
    const permit = this.#permit;
    this.#permit = undefined;
    if (permit) await this.#ledger.refund(permit);
  }
}
