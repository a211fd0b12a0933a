/** One at a time, in the order in which they came. */
export class Lane {
  #last: Promise<void> = Promise.resolve();

  /**
   * Waits for one's turn.
   *
   * @returns what ends the turn.
   * @throws the signal's reason, when it aborts before.
   */
  async enter(signal: AbortSignal): Promise<() => void> {
    const before = this.#last;
    let leave = () => {};
    const left = new Promise<void>((resolve) => {
      leave = resolve;
    });
    this.#last = before.then(() => left);
    let onAbort = () => {};
    const aborted = new Promise<void>((resolve) => {
      onAbort = resolve;
      signal.addEventListener("abort", onAbort, { once: true });
    });
    await Promise.race([before, aborted]);
    signal.removeEventListener("abort", onAbort);
    // Whoever gives his place up must not hold up those behind him.
    if (signal.aborted) leave();
    signal.throwIfAborted();
    return leave;
  }
}
