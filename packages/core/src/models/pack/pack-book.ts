import { z } from "zod";
import { CellState, type StateCell } from "../../quota/state-cell.ts";
import { DAY_MS } from "../../shared/duration.ts";
import {
  afterComparison,
  afterPack,
  type Learnt,
  nothingLearnt,
  type PackBounds,
  type PackOutcome,
} from "./pack-size.ts";

const entrySchema = z.object({
  size: z.number().int(),
  outputTokens: z.number().nullable(),
  compared: z.number(),
  agreed: z.number(),
  at: z.number(),
});

const stateSchema = z.record(z.string(), entrySchema);

/** What was learnt, by kind of question and model; `at` is when, in epoch milliseconds of the store's clock. */
type BookState = z.infer<typeof stateSchema>;

/** What nobody has asked for so long is forgotten. */
const KEPT_MS = 30 * DAY_MS;

/** Of a kind of question on a model. */
export interface PackSubject {
  kind: string;
  model: string;
  bounds: PackBounds;
}

/** What requests of several items have taught, shared by all processes through one cell. */
export class PackBook {
  readonly #state: CellState<BookState>;

  constructor(cell: StateCell) {
    this.#state = new CellState(cell, { schema: stateSchema, initial: () => ({}) });
  }

  async read({ kind, model, bounds }: PackSubject): Promise<Learnt> {
    const { state } = await this.#state.read();
    return learntIn(state, keyOf(kind, model), bounds);
  }

  /** Everything that is known of the kinds of one step. */
  async ofStep(fingerprint: string): Promise<ReadonlyArray<Learnt & { model: string }>> {
    const { state } = await this.#state.read();
    const prefix = `${fingerprint.slice(0, 16)}/`;
    return Object.entries(state)
      .filter(([key]) => key.startsWith(prefix))
      .map(([key, learnt]) => ({ ...learnt, model: key.slice(key.indexOf("|") + 1) }));
  }

  async record(subject: PackSubject, outcome: PackOutcome): Promise<void> {
    await this.#change(subject, (learnt) => afterPack(learnt, outcome, subject.bounds));
  }

  /** Notes whether a packed answer agreed with a known or a second one. */
  async compare(subject: PackSubject, agrees: boolean): Promise<void> {
    await this.#change(subject, (learnt) => afterComparison(learnt, agrees));
  }

  async #change({ kind, model, bounds }: PackSubject, update: (learnt: Learnt) => Learnt): Promise<void> {
    const key = keyOf(kind, model);
    await this.#state.change((state, now) => {
      const recent = Object.entries(state).filter(([, { at }]) => at > now - KEPT_MS);
      return { ...Object.fromEntries(recent), [key]: { ...update(learntIn(state, key, bounds)), at: now } };
    });
  }
}

function keyOf(kind: string, model: string): string {
  return `${kind}|${model}`;
}

function learntIn(state: BookState, key: string, bounds: PackBounds): Learnt {
  const learnt = state[key] ?? nothingLearnt(bounds);
  return { ...learnt, size: Math.min(learnt.size, bounds.cap) };
}
