import type { CatalogueModel } from "./catalogue.ts";
import { charge, type LimitHit, type Limits, NO_USAGE, type Usage } from "./limits.ts";

/** The caps that OpenRouter puts on single free models, counted for each of them. */
export class ModelCaps {
  readonly #windows: Pick<Limits, "minuteMs" | "dayMs">;
  readonly #usage = new Map<string, Usage>();

  constructor({ minuteMs, dayMs }: Pick<Limits, "minuteMs" | "dayMs">) {
    this.#windows = { minuteMs, dayMs };
  }

  /** Counts one request to a model that has caps. A refused one is not counted. */
  charge({ id, simulated = {} }: CatalogueModel, at: number): LimitHit | null {
    const { perMinute, perDay } = simulated;
    if (perMinute === undefined && perDay === undefined) return null;
    const limits: Limits = {
      ...this.#windows,
      perMinute: perMinute ?? Number.POSITIVE_INFINITY,
      perDay: perDay ?? Number.POSITIVE_INFINITY,
      stealthPerDay: Number.POSITIVE_INFINITY,
      windowKind: "fixed",
      countRejected: false,
    };
    const { usage, hit } = charge(this.#usage.get(id) ?? NO_USAGE, limits, { at });
    this.#usage.set(id, usage);
    return hit;
  }
}
