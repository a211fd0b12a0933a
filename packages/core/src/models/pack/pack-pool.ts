/** What a pool knows of a question that waits. */
export interface Waiting {
  /** The batch that it belongs to; questions of all batches get on equally. */
  batch: string;
  /** How often it was asked together with others and got no valid answer. */
  failures: number;
  itemTokens: number;
}

/**
 * The questions of one key that wait for a request. Those that failed before come first, shuffled, so that no
 * combination fails twice; then the batches take turns, and inside a batch it is first come, first served.
 */
export class PackPool<Entry extends Waiting> {
  readonly #random: () => number;
  #again: Entry[] = [];
  /** By batch; whose turn it is stands first. */
  readonly #fresh = new Map<string, Entry[]>();

  constructor(random: () => number) {
    this.#random = random;
  }

  get size(): number {
    return [...this.#fresh.values()].reduce((sum, { length }) => sum + length, this.#again.length);
  }

  /** Takes a question in, behind those of its batch, or before all when it failed before. */
  add(entry: Entry): void {
    if (entry.failures > 0) {
      const at = Math.floor(this.#random() * (this.#again.length + 1));
      this.#again.splice(at, 0, entry);
      return;
    }
    const own = this.#fresh.get(entry.batch);
    if (own) own.push(entry);
    else this.#fresh.set(entry.batch, [entry]);
  }

  /** Takes a question out whose asker has gone. */
  remove(entry: Entry): void {
    this.#again = this.#again.filter((other) => other !== entry);
    const left = (this.#fresh.get(entry.batch) ?? []).filter((other) => other !== entry);
    if (left.length > 0) this.#fresh.set(entry.batch, left);
    else this.#fresh.delete(entry.batch);
  }

  /** The first `limit` questions in the order in which they would be taken, left where they are. */
  peek(limit: number): Entry[] {
    const taken = this.#again.slice(0, limit);
    const batches = [...this.#fresh.values()];
    for (let round = 0; taken.length < limit && batches.some(({ length }) => length > round); round++) {
      for (const batch of batches) {
        const entry = batch[round];
        if (entry && taken.length < limit) taken.push(entry);
      }
    }
    return taken;
  }

  /** Takes the first `count` out. The batches that were served stand behind the others then. */
  take(count: number): Entry[] {
    const taken = this.peek(count);
    for (const entry of taken) this.remove(entry);
    for (const batch of new Set(taken.map((entry) => entry.batch))) {
      const left = this.#fresh.get(batch);
      if (!left) continue;
      this.#fresh.delete(batch);
      this.#fresh.set(batch, left);
    }
    return taken;
  }

  /** Empties the pool. */
  takeAll(): Entry[] {
    return this.take(this.size);
  }
}
