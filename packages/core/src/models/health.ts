import { z } from "zod";
import { CellState, type StateCell } from "../quota/state-cell.ts";

const modelHealthSchema = z.object({
  /** Not asked before this time. */
  coolUntil: z.number(),
  /** Failures in a row. */
  failures: z.number().int(),
  /** When it last failed or was told to rest: answers to what was asked before say nothing of it. */
  restedAt: z.number().default(0),
  /** When it turned out to be gone; a catalogue read after that decides anew. Null when it is not. */
  goneAt: z.number().nullable(),
  /** The share of good answers, from 0 to 1; recent ones weigh more. */
  successRate: z.number(),
  /** How long a good answer takes, in milliseconds; recent ones weigh more. Null before the first. */
  latencyMs: z.number().nullable(),
  /** The model's own limit of requests a minute, once the server has told it. */
  perMinute: z.number().int().nullable(),
  /** When it was asked, oldest first; kept only for a model with a limit of its own. */
  askedAt: z.array(z.number()),
});

/** What was learnt about one model from real calls. Times are epoch milliseconds of the store's clock. */
export type ModelHealth = z.infer<typeof modelHealthSchema>;

const healthStateSchema = z.record(z.string(), modelHealthSchema);

/** The health of all models that were ever asked, by id. */
export type HealthState = z.infer<typeof healthStateSchema>;

const FRESH: ModelHealth = {
  coolUntil: 0,
  failures: 0,
  restedAt: 0,
  goneAt: null,
  successRate: 1,
  latencyMs: null,
  perMinute: null,
  askedAt: [],
};

/** How much the newest call counts in rates and latencies. */
const NEWEST_WEIGHT = 0.2;

/** A minute, and a margin as for the account's own window. */
const MODEL_WINDOW_MS = 62_000;

/** What happened to a model. */
export type HealthEvent =
  | { type: "asked" }
  | { type: "answered"; latencyMs: number }
  | { type: "failed"; coolMs: number; perMinute?: number | undefined }
  | { type: "rest-until"; until: number }
  | { type: "gone" };

/** The health of a model; a model nobody asked yet is well. */
export function healthOf(state: HealthState, modelId: string): ModelHealth {
  return state[modelId] ?? FRESH;
}

/** The health after an event; the same object when nothing changed. */
export function afterEvent(health: ModelHealth, event: HealthEvent, now: number): ModelHealth {
  switch (event.type) {
    case "asked": {
      if (health.perMinute === null) return health;
      return { ...health, askedAt: [...health.askedAt.filter((at) => at > now - MODEL_WINDOW_MS), now] };
    }
    case "answered": {
      const latencyMs = blend(health.latencyMs ?? event.latencyMs, event.latencyMs);
      const after = { ...health, latencyMs, successRate: blend(health.successRate, 1) };
      const isOlder = now - event.latencyMs < health.restedAt;
      return isOlder ? after : { ...after, failures: 0, coolUntil: 0, goneAt: null };
    }
    case "failed":
      return {
        ...health,
        failures: health.failures + 1,
        restedAt: now,
        coolUntil: Math.max(health.coolUntil, now + event.coolMs),
        successRate: blend(health.successRate, 0),
        perMinute: event.perMinute ?? health.perMinute,
      };
    case "rest-until":
      return { ...health, restedAt: now, coolUntil: Math.max(health.coolUntil, event.until) };
    case "gone":
      return { ...health, restedAt: now, goneAt: now };
  }
}

function blend(old: number, newest: number): number {
  return old * (1 - NEWEST_WEIGHT) + newest * NEWEST_WEIGHT;
}

/** When a model may be asked: a time not later than `now` for at once, null when it is gone. */
export function availableAt(
  health: ModelHealth,
  at: { now: number; catalogueReadAt: number },
): number | null {
  if (health.goneAt !== null && health.goneAt >= at.catalogueReadAt) return null;
  const inWindow = health.askedAt.filter((asked) => asked > at.now - MODEL_WINDOW_MS);
  const nth = health.perMinute === null ? undefined : inWindow.at(-health.perMinute);
  return Math.max(health.coolUntil, nth === undefined ? 0 : nth + MODEL_WINDOW_MS);
}

/** When models may be asked, as it stood at one moment. */
export interface Availability {
  /** That moment, epoch milliseconds of the store's clock. */
  now: number;
  /** The models that were ever asked. */
  known: readonly string[];
  /** A time not later than `now` for at once, null for a model that is gone. */
  at(modelId: string): number | null;
}

/** The health of all models, shared by all processes through one cell. */
export class HealthBook {
  readonly #state: CellState<HealthState>;

  constructor(cell: StateCell) {
    this.#state = new CellState(cell, { schema: healthStateSchema, initial: () => ({}) });
  }

  read(): Promise<{ state: HealthState; now: number }> {
    return this.#state.read();
  }

  /** When each model may be asked, all from one reading. */
  async availability(catalogueReadAt: number): Promise<Availability> {
    const { state, now } = await this.#state.read();
    return {
      now,
      known: Object.keys(state),
      at: (modelId) => availableAt(healthOf(state, modelId), { now, catalogueReadAt }),
    };
  }

  async record(modelId: string, event: HealthEvent): Promise<void> {
    await this.#state.change((state, now) => {
      const before = healthOf(state, modelId);
      const after = afterEvent(before, event, now);
      return after === before ? state : { ...state, [modelId]: after };
    });
  }
}
