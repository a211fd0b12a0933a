import type { z } from "zod";
import { SluiceError } from "../errors/sluice-error.ts";
import { type Clock, systemClock } from "../shared/clock.ts";
import { parseJson } from "../shared/json.ts";

/** What a cell holds now, and the time by the store's own clock (epoch milliseconds). */
export interface CellReading {
  /** The stored text, or null when nothing was stored yet. */
  text: string | null;
  now: number;
}

/**
 * One text under compare-and-set: all that shared state needs of a store.
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

/** More lost races than this on one change mean that the store does not compare and set. */
const MAX_RACES = 500;

/** A value of one type in a cell: read, and changed by a pure function. */
export class CellState<S> {
  readonly #cell: StateCell;
  readonly #schema: z.ZodType<S>;
  readonly #initial: (now: number) => S;

  /** @param of.initial the value of a cell that nobody has written yet. */
  constructor(cell: StateCell, of: { schema: z.ZodType<S>; initial: (now: number) => S }) {
    this.#cell = cell;
    this.#schema = of.schema;
    this.#initial = of.initial;
  }

  /** @throws SluiceError STATE_INVALID when the cell holds something else. */
  async read(): Promise<{ state: S; now: number }> {
    const { text, now } = await this.#cell.read();
    return { state: this.#parse(text, now), now };
  }

  /**
   * Applies a change; `update` may be called more than once, and what it throws leaves the cell as it is.
   *
   * @param onTry called before each try: the last one of them made the change.
   * @returns the store's time at which the change was made.
   * @throws SluiceError STATE_INVALID when the cell holds something else.
   */
  async change(update: (state: S, now: number) => S, onTry = () => {}): Promise<number> {
    for (let race = 0; race < MAX_RACES; race++) {
      onTry();
      const { text, now } = await this.#cell.read();
      const state = this.#parse(text, now);
      const next = update(state, now);
      if (next === state || (await this.#cell.swap(text, JSON.stringify(next)))) return now;
    }
    throw new SluiceError("INTERNAL", {
      message: `Shared state lost ${MAX_RACES} races in a row; its store does not compare and set.`,
    });
  }

  #parse(text: string | null, now: number): S {
    if (text === null) return this.#initial(now);
    const parsed = this.#schema.safeParse(parseJson(text));
    if (parsed.success) return parsed.data;
    throw new SluiceError("STATE_INVALID", {
      message:
        "Shared state in the store is damaged or written by another version of Sluice; no request is sent. Stop older workers, or use another store.",
      cause: parsed.error,
    });
  }
}
