import { type Fault, faultSchema, type Scenario } from "./faults.ts";
import { seededRandom } from "./random.ts";

/** Target that stands for any model. */
const ANY_MODEL = "*";

/** Queued faults per model, and the random ones of a scenario. */
export class FaultScript {
  readonly #queues = new Map<string, Fault[]>();
  readonly #rates: NonNullable<Scenario["rates"]>;
  readonly #random: () => number;

  constructor(scenario: Scenario = { name: "calm", faults: [] }) {
    this.#rates = scenario.rates ?? [];
    this.#random = seededRandom(scenario.seed ?? 1);
    for (const { model, faults } of scenario.faults) this.add(model, faults);
  }

  /** Queues faults for a model id, or for any model when the target is `*`. Throws on a malformed fault. */
  add(target: string, faults: readonly Fault[]): void {
    const checked = faults.map((fault) => faultSchema.parse(fault));
    this.#queues.set(target, [...(this.#queues.get(target) ?? []), ...checked]);
  }

  /** Takes the next fault for a model: its own queue first, then the queue for any model, then the dice. */
  take(model: string): Fault | undefined {
    return this.#queues.get(model)?.shift() ?? this.#queues.get(ANY_MODEL)?.shift() ?? this.#draw(model);
  }

  /** Queued faults nobody has met yet, as `target: kind` lines. */
  unspent(): string[] {
    return [...this.#queues].flatMap(([target, faults]) => faults.map((fault) => `${target}: ${fault.kind}`));
  }

  #draw(asked: string): Fault | undefined {
    if (this.#rates.length === 0) return undefined;
    let remaining = this.#random();
    for (const { fault, probability, model = asked } of this.#rates) {
      if (model !== asked) continue;
      remaining -= probability;
      if (remaining < 0) return fault;
    }
    return undefined;
  }
}
