/**
 * Where the outputs of finished steps are kept, as sealed texts (see `envelope.ts`).
 *
 * First writer wins: of two workers that finish the same step, the second adopts what the first recorded.
 */
export interface CheckpointStore {
  /** All recorded steps of a run, by step path. */
  read(runId: string): Promise<ReadonlyMap<string, string>>;
  /**
   * Records `text` for a step if the store still holds `expected` (null: nothing).
   *
   * @returns the text that stands there afterwards: `text`, or the one that was there first.
   */
  write(runId: string, entry: CheckpointEntry): Promise<string>;
  /** Forgets some steps of a run, which are then taken again. */
  remove(runId: string, stepPaths: readonly string[]): Promise<void>;
  /** Forgets everything recorded of a run, so that it begins anew. */
  clear(runId: string): Promise<void>;
}

/** One write of a {@link CheckpointStore}. */
export interface CheckpointEntry {
  stepPath: string;
  text: string;
  /** What the writer believes to stand there: null for nothing, or a text it found to be broken. */
  expected: string | null;
}
