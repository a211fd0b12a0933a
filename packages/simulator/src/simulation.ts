import { Account } from "./account.ts";
import { FaultScript } from "./fault-script.ts";
import { Generations } from "./generations.ts";
import type { JournalEntry } from "./journal.ts";
import { Listing } from "./listing.ts";
import { ModelCaps } from "./model-caps.ts";
import type { KeyUsage, SimulatorOptions } from "./options.ts";
import { accountLimits, latencyDraws, type WireSettings, wireSettings } from "./settings.ts";
import { testCatalogue } from "./test-catalogue.ts";

/** Everything one simulator remembers: the account, the catalogue, the faults to come and the journal. */
export class Simulation {
  readonly journal: JournalEntry[] = [];
  readonly script: FaultScript;
  readonly listing = new Listing();
  readonly generations = new Generations();
  readonly account: Account;
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
    this.caps = new ModelCaps(limits);
    this.wire = wireSettings(options);
    this.countMode = countMode;
    this.keyUsage = { isFreeTier: creditsUsd === undefined || creditsUsd <= 0, ...keyUsage };
    this.keepBodies = keepBodies;
    this.webPluginByDefault = options.webPluginByDefault ?? false;
    this.drawLatencyMs = latencyDraws(options);
    this.script = new FaultScript(options.scenario);
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

  /** True when the Authorization header carries an accepted key. */
  accepts(authorization: string | undefined): boolean {
    const key = bearer(authorization);
    return key !== null && (this.#apiKeys === null || this.#apiKeys.has(key));
  }
}

/** The key in an Authorization header, or null. */
function bearer(authorization: string | undefined): string | null {
  const [, key] = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "") ?? [];
  return key ?? null;
}
