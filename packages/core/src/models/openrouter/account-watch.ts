import type { Ledger } from "../../quota/ledger.ts";
import type { OpenRouterApi } from "./openrouter-api.ts";

/** Rounding in sums of money is not a cost, in USD. */
const ROUNDING_USD = 1e-9;

/** Holds the account against what the server says of it; reading it costs no request of the quota. */
export class AccountWatch {
  readonly #api: OpenRouterApi;
  readonly #ledger: Ledger;
  #spentUsd: number | undefined;

  constructor(api: OpenRouterApi, ledger: Ledger) {
    this.#api = api;
    this.#ledger = ledger;
  }

  /**
   * Tells the ledger what the server has counted today, and halts the account when money was spent with its key since
   * the first reading of this process: whatever the replies said, something was not free.
   *
   * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE.
   */
  async sync(): Promise<void> {
    const { freeRequests, serverNow, usageUsd } = await this.#api.readAccount();
    if (freeRequests) await this.#ledger.sync({ ...freeRequests, serverNow });
    const before = this.#spentUsd ?? usageUsd;
    this.#spentUsd = usageUsd;
    if (usageUsd <= before + ROUNDING_USD) return;
    await this.#ledger.halt(
      `the spending of this key rose from $${before} to $${usageUsd}, by Sluice or by another program with the same key`,
    );
  }
}
