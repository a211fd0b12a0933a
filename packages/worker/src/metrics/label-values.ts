/**
 * Keeps the values of a label few, wherever they come from: those that come first are taken as they are, all that come
 * after as `other`. Each value is a series of its own for ever.
 */
export class LabelValues {
  readonly #most: number;
  readonly #known = new Set<string>();

  constructor(most: number) {
    this.#most = most;
  }

  of(value: string): string {
    if (this.#known.size < this.#most) this.#known.add(value);
    return this.#known.has(value) ? value : "other";
  }
}
