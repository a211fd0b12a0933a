import { createHash } from "node:crypto";
import { seededRandom } from "../random.ts";
import {
  drawnFault,
  type ItemRate,
  itemFaultOf,
  itemRates,
  type PackFault,
  type PackShares,
} from "./pack-faults.ts";
import type { AnsweredItem } from "./packed-request.ts";
import type { DrawnItem } from "./spoil-items.ts";

/** Decides which items of packed requests come back wrong. */
export class PackScript {
  readonly #rates: readonly ItemRate[];
  readonly #seed: number;
  readonly #answered = new Map<string, number>();

  /** Throws when the shares are none. */
  constructor(shares: PackShares = {}) {
    this.#rates = itemRates(shares);
    this.#seed = shares.seed ?? 1;
  }

  /** The items of one answer with what happens to each: what is drawn, or what a fault of the whole says. */
  draw(items: readonly AnsweredItem[], fault: PackFault | undefined): DrawnItem[] {
    if (fault === undefined && this.#rates.length === 0) {
      return items.map((item) => ({ item, draw: 0, fault: undefined }));
    }
    const drawn = items.map((item) => {
      const draw = this.#next(item.text);
      return { item, draw, fault: drawnFault(draw, this.#rates) };
    });
    return fault === undefined ? drawn : strikeOne(drawn, fault);
  }

  /** A number in [0, 1) that depends on the seed, the text, and how often the text was drawn for. */
  #next(text: string): number {
    const mark = createHash("sha256").update(text).digest("base64").slice(0, 16);
    const times = (this.#answered.get(mark) ?? 0) + 1;
    this.#answered.set(mark, times);
    const hash = createHash("sha256").update(`${this.#seed} ${times} ${mark}`).digest();
    return seededRandom(hash.readUInt32LE())();
  }
}

/** The items with a fault of one of them at its place: where the fault says, else where the least number was drawn. */
function strikeOne(drawn: DrawnItem[], fault: PackFault): DrawnItem[] {
  const itemFault = itemFaultOf(fault);
  if (itemFault === undefined) return drawn;
  const least = drawn.reduce((best, { draw }, at) => (draw < (drawn[best]?.draw ?? 1) ? at : best), 0);
  const place = "index" in fault ? Math.min(fault.index ?? least, drawn.length - 1) : least;
  return drawn.map((one, index) => (index === place ? { ...one, fault: itemFault } : one));
}
