import { type Clock, systemClock } from "../shared/clock.ts";

/** What a cell holds now, and the time by the store's own clock (epoch milliseconds). */
export interface CellReading {
  /** The stored text, or null when nothing was stored yet. */
  text: string | null;
  now: number;
}

/**
 * One text under compare-and-set: all that a ledger needs of a store.
 *
 * The time comes with the reading so that every process counts by the same clock.
 */
export interface StateCell {
  read(): Promise<CellReading>;
  /** Stores `next` if the cell still holds `expected`; false when somebody was faster. */
  swap(expected: string | null, next: string): Promise<boolean>;
}

/** A cell in this process's memory. */
export class MemoryCell implements StateCell {
  #text: string | null = null;
  readonly #clock: Clock;

  constructor(clock: Clock = systemClock) {
    this.#clock = clock;
  }

  async read(): Promise<CellReading> {
    return { text: this.#text, now: this.#clock.now() };
  }

  async swap(expected: string | null, next: string): Promise<boolean> {
    if (this.#text !== expected) return false;
    this.#text = next;
    return true;
  }
}
