import type { CheckpointEntry, CheckpointStore } from "./checkpoint-store.ts";

/** Checkpoints in this process's memory, for runs that need not survive it. */
export class MemoryCheckpoints implements CheckpointStore {
  readonly #runs = new Map<string, Map<string, string>>();

  async read(runId: string): Promise<ReadonlyMap<string, string>> {
    return new Map(this.#runs.get(runId));
  }

  async write(runId: string, entry: CheckpointEntry): Promise<string> {
    const steps = this.#runs.get(runId) ?? new Map<string, string>();
    this.#runs.set(runId, steps);
    const present = steps.get(entry.stepPath) ?? null;
    if (present !== entry.expected && present !== null) return present;
    steps.set(entry.stepPath, entry.text);
    return entry.text;
  }

  async remove(runId: string, stepPaths: readonly string[]): Promise<void> {
    for (const stepPath of stepPaths) this.#runs.get(runId)?.delete(stepPath);
  }

  async clear(runId: string): Promise<void> {
    this.#runs.delete(runId);
  }
}
