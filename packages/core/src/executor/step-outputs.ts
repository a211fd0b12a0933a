import { isDeepStrictEqual } from "node:util";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { seal, unseal } from "../checkpoints/envelope.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { isRecord } from "../shared/json.ts";

/**
 * The recorded outputs of one run: read once, written step by step.
 *
 * What a later step sees is always the recorded JSON, so that a resumed run and an unbroken one see the same.
 */
export class StepOutputs {
  readonly #runId: string;
  readonly #store: CheckpointStore;
  readonly #texts: Map<string, string>;

  private constructor(runId: string, store: CheckpointStore, texts: ReadonlyMap<string, string>) {
    this.#runId = runId;
    this.#store = store;
    this.#texts = new Map(texts);
  }

  static async load(runId: string, store: CheckpointStore): Promise<StepOutputs> {
    return new StepOutputs(runId, store, await store.read(runId));
  }

  /** The recorded output of a step; a damaged record counts as none, so that the step is redone. */
  recorded(stepPath: string): { output: unknown } | undefined {
    const text = this.#texts.get(stepPath);
    if (text === undefined) return undefined;
    try {
      return { output: unseal(text) };
    } catch (error) {
      if (SluiceError.has(error, "CHECKPOINT_INVALID")) return undefined;
      throw error;
    }
  }

  /**
   * Records an output. If another worker was first, its record stands and is returned.
   *
   * @throws SluiceError OUTPUT_INVALID when the output cannot be stored as JSON.
   */
  async record(stepPath: string, output: unknown): Promise<unknown> {
    const text = sealed(stepPath, output);
    const expected = this.recorded(stepPath) ? null : (this.#texts.get(stepPath) ?? null);
    const standing = await this.#store.write(this.#runId, { stepPath, text, expected });
    this.#texts.set(stepPath, standing);
    return unseal(standing);
  }
}

function sealed(stepPath: string, output: unknown): string {
  try {
    const text = seal(output);
    // What a resumed run would read must be what this one has: a Date would come back as a string.
    if (isDeepStrictEqual(unseal(text), withoutUndefined(output))) return text;
    throw new TypeError("the value changes when it is written as JSON");
  } catch (cause) {
    throw new SluiceError("OUTPUT_INVALID", {
      message: `The output of step "${stepPath}" is not plain JSON; give objects, arrays, strings, finite numbers, booleans and null (no Date, Map, BigInt or cycles).`,
      facts: { step: stepPath },
      cause,
    });
  }
}

/** JSON leaves fields without a value out; that changes nothing a step can see. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (!isRecord(value) || Object.getPrototypeOf(value) !== Object.prototype) return value ?? null;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) =>
      inner === undefined ? [] : [[key, withoutUndefined(inner)]],
    ),
  );
}
