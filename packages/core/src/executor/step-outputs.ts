import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { seal, unseal } from "../checkpoints/envelope.ts";
import { SluiceError } from "../errors/sluice-error.ts";
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
  readonly #texts: Map<string, string>;

  private constructor(options: StepOutputsOptions, texts: ReadonlyMap<string, string> | undefined) {
    this.#options = options;
    this.#texts = new Map(texts);
  }

  static async load(options: StepOutputsOptions): Promise<StepOutputs> {
    return new StepOutputs(options, await options.store?.read(options.runId));
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
   * @throws SluiceError OUTPUT_INVALID when the output cannot be stored as JSON, OUTPUT_TOO_LARGE.
   */
  async record(stepPath: string, output: unknown): Promise<unknown> {
    const payload = this.#payload(stepPath, output);
    const { store, runId } = this.#options;
    if (!store) return JSON.parse(payload);
    const text = seal(payload);
    const expected = this.recorded(stepPath) ? null : (this.#texts.get(stepPath) ?? null);
    const standing = await store.write(runId, { stepPath, text, expected });
    this.#texts.set(stepPath, standing);
    return standing === text ? JSON.parse(payload) : unseal(standing);
  }

  /** What is recorded under a path, or what `produce` gives, which is recorded then. */
  async remember(stepPath: string, produce: () => unknown): Promise<unknown> {
    const recorded = this.recorded(stepPath);
    return recorded ? recorded.output : this.record(stepPath, await produce());
  }

  #payload(stepPath: string, output: unknown): string {
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
