/** What was learnt about one model from real calls. Times are epoch milliseconds. */
export interface ModelHealth {
  /** Not asked before this time. */
  coolUntil: number;
  /** Failures in a row. */
  failures: number;
  /** Gone until the catalogue is read again. */
  dropped: boolean;
}

const HEALTHY: ModelHealth = { coolUntil: 0, failures: 0, dropped: false };

/** The health of all models, as this process has seen it. */
export class HealthBook {
  readonly #models = new Map<string, ModelHealth>();

  of(modelId: string): ModelHealth {
    return this.#models.get(modelId) ?? HEALTHY;
  }

  /** The model answered well. */
  succeed(modelId: string): void {
    this.#models.delete(modelId);
  }

  /** The model failed and rests until `until`. */
  cool(modelId: string, until: number): void {
    const { failures, coolUntil } = this.of(modelId);
    this.#models.set(modelId, {
      coolUntil: Math.max(coolUntil, until),
      failures: failures + 1,
      dropped: false,
    });
  }

  /** The model is gone until {@link HealthBook.restore}. */
  drop(modelId: string): void {
    this.#models.set(modelId, { ...this.of(modelId), dropped: true });
  }

  /** A new catalogue was read: what it lists is worth asking again. */
  restore(): void {
    for (const [id, health] of this.#models)
      if (health.dropped) this.#models.set(id, { ...health, dropped: false });
  }
}
