/** What is kept of the steps that are at work, by their paths. */
export class OpenSteps<T> {
  readonly #open = new Map<string, T>();

  /** A step has begun. */
  open(path: string, value: T): void {
    this.#open.set(path, value);
  }

  /** What is kept of a step that is at work. */
  get(path: string): T | undefined {
    return this.#open.get(path);
  }

  /** What is kept of the nearest step around a path: for `notes/3/note` that of `notes`. */
  around(path: string): T | undefined {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/", end - 1)) {
      const found = this.#open.get(path.slice(0, end));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** A step has ended; gives what was kept of it. */
  close(path: string): T | undefined {
    const value = this.#open.get(path);
    this.#open.delete(path);
    return value;
  }

  /** All steps have ended; gives what was kept of them, innermost first. */
  closeAll(): T[] {
    const values = [...this.#open.values()].reverse();
    this.#open.clear();
    return values;
  }
}
