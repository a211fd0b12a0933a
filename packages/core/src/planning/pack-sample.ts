import { membershipOf } from "../models/pack/pack-group.ts";
import type { ForeseenQuestion } from "./foresee-question.ts";

/** What some questions of a step tell of whether they could be asked together. */
export interface PackFindings {
  /** Questions that were looked at. */
  looked: number;
  /** Those whose prompt does not let item and instructions be told apart. */
  unsplit: number;
  /** Those that could be asked with others of their kind. */
  packable: number;
  /** How many of those one request takes at first, on average. */
  size: number;
}

/** So many questions of a step tell enough. */
const ENOUGH = 200;

/** Looks at the first questions of each step: whether they could be asked together, and what keeps them from it. */
export class PackSample {
  readonly #findings = new Map<string, PackFindings>();

  async take(question: ForeseenQuestion): Promise<void> {
    const { step, request, maxItems } = question;
    const found = this.of(step);
    if (!question.split || found.looked >= ENOUGH) return;
    const split = await question.split();
    const terms = split && { ...split, fingerprint: step, examples: [], maxItems, sample: 0 };
    const member = terms ? await membershipOf(request, terms) : null;
    const packable = found.packable + (member ? 1 : 0);
    this.#findings.set(step, {
      looked: found.looked + 1,
      unsplit: found.unsplit + (split ? 0 : 1),
      packable,
      size: member ? found.size + (member.bounds.first - found.size) / packable : found.size,
    });
  }

  of(step: string): PackFindings {
    return this.#findings.get(step) ?? { looked: 0, unsplit: 0, packable: 0, size: 1 };
  }
}
