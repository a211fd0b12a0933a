import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { seal, unseal } from "../checkpoints/envelope.ts";
import { SluiceError } from "../errors/sluice-error.ts";
import { faultPoint } from "../shared/fault-point.ts";
import { plainJson } from "../shared/plain-json.ts";

/** What the outputs of one run are kept with. */
export interface StepOutputsOptions {
  runId: string;
  /** Null for a run that need not outlive its process: nothing is written then. */
  store: CheckpointStore | null;
  /** The largest output of one step, in bytes of JSON. */
  maxBytes: number;
}

/**
 * The recorded outputs of one run: read once, written step by step.
 *
 * What a later step sees is always the recorded JSON, so that a resumed run and an unbroken one see the same.
 */
export class StepOutputs {
  readonly #options: StepOutputsOptions;
  /** JSON texts by step path. */
  readonly #recorded = new Map<string, string>();
  /** What stands in the store and is damaged, by step path. */
  readonly #damaged = new Map<string, string>();

  private constructor(options: StepOutputsOptions) {
    this.#options = options;
  }

  /** @throws SluiceError BACKEND_NEWER when a newer Sluice has recorded some of them. */
  static async load(options: StepOutputsOptions): Promise<StepOutputs> {
    const outputs = new StepOutputs(options);
    const texts = await options.store?.read(options.runId);
    for (const [stepPath, text] of texts ?? []) await outputs.#take(stepPath, text);
    return outputs;
  }

  /** The recorded output of a step; a damaged record counts as none, so that the step is redone. */
  recorded(stepPath: string): { output: unknown } | undefined {
    const json = this.#recorded.get(stepPath);
    return json === undefined ? undefined : { output: JSON.parse(json) };
  }

  /**
   * Records an output. If another worker was first, its record stands and is returned.
   *
   * @throws SluiceError OUTPUT_INVALID when the output cannot be stored as JSON, OUTPUT_TOO_LARGE.
   */
  async record(stepPath: string, output: unknown): Promise<unknown> {
    const json = this.#jsonOf(stepPath, output);
    const { store, runId } = this.#options;
    if (!store) return JSON.parse(json);
    const text = await seal(json);
    const expected = this.#damaged.get(stepPath) ?? null;
    const standing = await store.write(runId, { stepPath, text, expected });
    faultPoint("checkpointed");
    const standingJson = standing === text ? json : await unseal(standing);
    this.#recorded.set(stepPath, standingJson);
    return JSON.parse(standingJson);
  }

  /** What is recorded under a path, or what `produce` gives, which is recorded then. */
  async remember(stepPath: string, produce: () => unknown): Promise<unknown> {
    const recorded = this.recorded(stepPath);
    return recorded ? recorded.output : this.record(stepPath, await produce());
  }

  async #take(stepPath: string, text: string): Promise<void> {
    try {
      this.#recorded.set(stepPath, await unseal(text));
    } catch (error) {
      if (!SluiceError.has(error, "CHECKPOINT_INVALID")) throw error;
      this.#damaged.set(stepPath, text);
    }
  }

  #jsonOf(stepPath: string, output: unknown): string {
    const json = plainJson(output);
    if (!json.ok) {
      const where = json.path === "" ? "" : ` at \`${json.path}\``;
      throw new SluiceError("OUTPUT_INVALID", {
        message: `The output of step "${stepPath}" is not plain JSON: ${json.found}${where}. Give objects, arrays, strings, finite numbers, booleans and null.`,
        facts: { step: stepPath, path: json.path, found: json.found },
      });
    }
    const { maxBytes } = this.#options;
    // A character is at most three bytes: small outputs need no counting.
    if (3 * json.text.length <= maxBytes) return json.text;
    const bytes = Buffer.byteLength(json.text);
    if (bytes <= maxBytes) return json.text;
    throw new SluiceError("OUTPUT_TOO_LARGE", {
      message: `The output of step "${stepPath}" has ${bytes} bytes, more than the limit of ${maxBytes}; give less, or raise \`limits.outputBytes\` of the pipeline.`,
      facts: { step: stepPath, bytes, maxBytes },
    });
  }
}
