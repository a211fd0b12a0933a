import { type Clock, systemClock } from "../shared/clock.ts";
import { CACHE_TTL_MS, type ResponseCache } from "./response-cache.ts";

/** A cache in this process's memory; the oldest entry leaves when it is full. */
export class MemoryCache implements ResponseCache {
  readonly #entries = new Map<string, { text: string; expiresAt: number }>();
  readonly #claims = new Map<string, number>();
  readonly #maxEntries: number;
  readonly #clock: Clock;

  constructor({ maxEntries = 10_000, clock = systemClock }: { maxEntries?: number; clock?: Clock } = {}) {
    this.#maxEntries = maxEntries;
    this.#clock = clock;
  }

  async get(key: string): Promise<string | undefined> {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt <= this.#clock.now()) return undefined;
    return entry.text;
  }

  async set(key: string, text: string): Promise<void> {
    this.#entries.delete(key);
    this.#entries.set(key, { text, expiresAt: this.#clock.now() + CACHE_TTL_MS });
    const oldest = this.#entries.keys().next();
    if (this.#entries.size > this.#maxEntries && !oldest.done) this.#entries.delete(oldest.value);
  }

  async claim(key: string, forMs: number): Promise<boolean> {
    const now = this.#clock.now();
    if ((this.#claims.get(key) ?? 0) > now) return false;
    this.#claims.set(key, now + forMs);
    return true;
  }

  async release(key: string): Promise<void> {
    this.#claims.delete(key);
  }
}
