import { type CatalogueModel, FREE_ROUTER_ID, isFree, wireModel } from "./catalogue.ts";
import { FaultScript } from "./fault-script.ts";
import type { JournalEntry } from "./journal.ts";
import { charge, type LimitHit, type Limits, NO_USAGE, type Usage, usedToday } from "./limits.ts";
import type { KeyUsage, SimulatorOptions } from "./options.ts";
import { testCatalogue } from "./test-catalogue.ts";

/** Everything one simulator remembers: the account, the catalogue, the faults to come and the journal. */
export class Simulation {
  readonly journal: JournalEntry[] = [];
  readonly script: FaultScript;
  readonly limits: Limits;
  readonly clock: () => number;
  readonly latencyMs: number;
  readonly keepBodies: boolean;
  readonly #apiKeys: ReadonlySet<string> | null;
  readonly #keyUsage: KeyUsage;
  readonly #ended = new Set<string>();
  #catalogue = new Map<string, CatalogueModel>();
  #usage: Usage = NO_USAGE;
  #chargedUsd = 0;
  #generations = 0;

  constructor(options: SimulatorOptions = {}) {
    const { limits = {}, minuteMs = 60_000, dayMs = 86_400_000, clock = Date.now } = options;
    const { latencyMs = 0, keepBodies = true, catalogue = testCatalogue(), keyUsage = {} } = options;
    this.limits = { perMinute: limits.perMinute ?? 20, perDay: limits.perDay ?? 50, minuteMs, dayMs };
    this.clock = clock;
    this.latencyMs = latencyMs;
    this.keepBodies = keepBodies;
    this.script = new FaultScript(options.scenario);
    this.#apiKeys = options.apiKeys === undefined ? null : new Set(options.apiKeys);
    this.#keyUsage = keyUsage;
    this.setCatalogue(catalogue);
  }

  /** Replaces the catalogue; models that had vanished are no longer remembered as gone. */
  setCatalogue(models: readonly CatalogueModel[]): void {
    this.#ended.clear();
    this.#catalogue = new Map(models.map((model) => [model.id, model]));
  }

  /** Models that are listed now. */
  listed(): CatalogueModel[] {
    return [...this.#catalogue.values()].filter(({ id }) => !this.#ended.has(id));
  }

  /** A model by id, also when its free variant has ended. */
  find(id: string): CatalogueModel | undefined {
    return this.#catalogue.get(id);
  }

  /** Takes a model out of the listing for good. */
  end(id: string): void {
    this.#ended.add(id);
  }

  hasEnded(id: string): boolean {
    return this.#ended.has(id);
  }

  /** The model that answers: the free router picks one of the free models in turn. */
  served(model: CatalogueModel): CatalogueModel {
    if (model.id !== FREE_ROUTER_ID) return model;
    const choices = this.listed().filter(
      (other) => other.id.endsWith(":free") && other.expiration_date === null && isFree(other),
    );
    return choices[this.#generations % Math.max(1, choices.length)] ?? model;
  }

  /** Counts one request against the account. */
  charge(): LimitHit | null {
    const { usage, hit } = charge(this.#usage, this.limits, this.clock());
    this.#usage = usage;
    return hit;
  }

  usedToday(): number {
    return usedToday(this.#usage, this.limits, this.clock());
  }

  /** Adds money to the account's bill. */
  bill(usd: number): void {
    this.#chargedUsd += usd;
  }

  /** The next generation id, and the moment of it in Unix seconds. */
  nextGeneration(): { id: string; created: number } {
    this.#generations += 1;
    const created = Math.floor(this.clock() / 1000);
    return { id: `gen-${created}-Sim${String(this.#generations).padStart(17, "0")}`, created };
  }

  /** True when the Authorization header carries an accepted key. */
  accepts(authorization: string | undefined): boolean {
    const key = bearer(authorization);
    return key !== null && (this.#apiKeys === null || this.#apiKeys.has(key));
  }

  /** The `data` of `GET /key`. */
  keyData(): Record<string, unknown> {
    const { usage = 0, limit = null, isFreeTier = true, reportsFreeRequests = true } = this.#keyUsage;
    const spent = usage + this.#chargedUsd;
    const used = this.usedToday();
    const { perDay } = this.limits;
    return {
      label: "sk-or-v1-sim...0001",
      limit,
      limit_remaining: limit === null ? null : Math.max(0, limit - spent),
      limit_reset: null,
      include_byok_in_limit: false,
      usage: spent,
      usage_daily: spent,
      usage_weekly: spent,
      usage_monthly: spent,
      byok_usage: 0,
      is_free_tier: isFreeTier,
      is_management_key: false,
      is_provisioning_key: false,
      creator_user_id: "user_simulated",
      organization_id: null,
      workspace_id: null,
      expires_at: null,
      ...(reportsFreeRequests
        ? { free_model_daily_requests: { limit: perDay, used, remaining: Math.max(0, perDay - used) } }
        : {}),
      rate_limit: { requests: -1, interval: "10s", note: "This field is deprecated and safe to ignore." },
    };
  }

  /** The listing as it goes over the wire. */
  wireModels(keep: (model: CatalogueModel) => boolean): ReturnType<typeof wireModel>[] {
    return this.listed().filter(keep).map(wireModel);
  }
}

/** The key in an Authorization header, or null. */
export function bearer(authorization: string | undefined): string | null {
  const [, key] = /^Bearer\s+(\S+)\s*$/i.exec(authorization ?? "") ?? [];
  return key ?? null;
}
