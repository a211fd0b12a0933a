import { Account } from "./account.ts";
import { bearerKey } from "./bearer.ts";
import { FaultScript } from "./fault-script.ts";
import { Generations } from "./generations.ts";
import type { JournalEntry } from "./journal.ts";
import { Listing } from "./listing.ts";
import { ModelCaps } from "./model-caps.ts";
import type { KeyUsage, SimulatorOptions } from "./options.ts";
import { PackScript } from "./packs/pack-script.ts";
import { accountLimits, latencyDraws, type WireSettings, wireSettings } from "./settings.ts";
import { testCatalogue } from "./test-catalogue.ts";

/** Everything one simulator remembers: the account, the catalogue, the faults to come and the journal. */
export class Simulation {
  readonly journal: JournalEntry[] = [];
  readonly script: FaultScript;
  readonly packs: PackScript;
  readonly listing = new Listing();
  readonly generations = new Generations();
  readonly account: Account;
  /** Where requests for embeddings are counted: in the account, or apart from it under the same limits. */
  readonly embeddingAccount: Account;
  readonly caps: ModelCaps;
  readonly wire: WireSettings;
  readonly countMode: "request" | "attempt";
  readonly keyUsage: KeyUsage;
  readonly keepBodies: boolean;
  readonly webPluginByDefault: boolean;
  /** Draws the latency of the next request, in milliseconds. */
  readonly drawLatencyMs: () => number;
  readonly #clock: () => number;
  readonly #apiKeys: ReadonlySet<string> | null;
  readonly #disabledKeys = new Set<string>();
  #clockOffsetMs: number;

  constructor(options: SimulatorOptions = {}) {
    const { clock = Date.now, clockOffsetMs = 0, countMode = "request", keyLagMs: lagMs = 0 } = options;
    const { keepBodies = true, catalogue = testCatalogue(), creditsUsd, keyUsage = {} } = options;
    const limits = accountLimits(options, creditsUsd);
    this.#clock = clock;
    this.#clockOffsetMs = clockOffsetMs;
    this.account = new Account({
      limits,
      spentUsd: keyUsage.usage ?? 0,
      creditsUsd: creditsUsd ?? null,
      lagMs,
    });
    const { embeddingsShareBucket = true } = options;
    this.embeddingAccount = embeddingsShareBucket
      ? this.account
      : new Account({ limits, spentUsd: 0, creditsUsd: null, lagMs });
    this.caps = new ModelCaps(limits);
    this.wire = wireSettings(options);
    this.countMode = countMode;
    this.keyUsage = { isFreeTier: creditsUsd === undefined || creditsUsd <= 0, ...keyUsage };
    this.keepBodies = keepBodies;
    this.webPluginByDefault = options.webPluginByDefault ?? false;
    this.drawLatencyMs = latencyDraws(options);
    const { scenario, packs } = options;
    this.script = new FaultScript(scenario);
    this.packs = new PackScript({ seed: scenario?.seed ?? 1, ...scenario?.packs, ...packs });
    this.#apiKeys = options.apiKeys === undefined ? null : new Set(options.apiKeys);
    this.listing.replace(catalogue);
  }

  /** The server's time, epoch ms. */
  now(): number {
    return this.#clock() + this.#clockOffsetMs;
  }

  /** Moves the server's clock forward. */
  advanceClock(ms: number): void {
    this.#clockOffsetMs += ms;
  }

  /** Counts requests that another program sends on the same account. */
  otherUsage(requests: number): void {
    for (let sent = 0; sent < requests; sent++) this.account.charge({ at: this.now() });
  }

  usedToday(): number {
    return this.account.usedToday(this.now());
  }

  /** From now on the key is refused. */
  disableKey(key: string): void {
    this.#disabledKeys.add(key);
  }

  /** True when the Authorization header carries an accepted key. */
  accepts(authorization: string | undefined): boolean {
    const key = bearerKey(authorization);
    return key !== null && !this.#disabledKeys.has(key) && (this.#apiKeys === null || this.#apiKeys.has(key));
  }
}
