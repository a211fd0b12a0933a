import type { CheckpointEntry, CheckpointStore } from "@sluice/core";
import { z } from "zod";
import type { SqlDatabase } from "./sql-database.ts";

const stepSchema = z.object({ step_path: z.string(), text: z.string() });
const textSchema = z.object({ text: z.string() });

/** Checkpoints as one row per step. */
export class SqlCheckpoints implements CheckpointStore {
  readonly #database: SqlDatabase;

  constructor(database: SqlDatabase) {
    this.#database = database;
  }

  async read(runId: string): Promise<ReadonlyMap<string, string>> {
    const sql = "SELECT step_path, text FROM sluice.checkpoints WHERE run_id = $1";
    const steps = await this.#database.rows(stepSchema, sql, [runId]);
    return new Map(steps.map((step) => [step.step_path, step.text]));
  }

  async write(runId: string, entry: CheckpointEntry): Promise<string> {
    const [row] = await this.#database.rows(
      textSchema,
      `INSERT INTO sluice.checkpoints AS present (run_id, step_path, text) VALUES ($1, $2, $3)
       ON CONFLICT (run_id, step_path) DO UPDATE
         SET text = CASE WHEN present.text = $4 THEN $3 ELSE present.text END
       RETURNING text`,
      [runId, entry.stepPath, entry.text, entry.expected],
    );
    return row?.text ?? entry.text;
  }

  async remove(runId: string, stepPaths: readonly string[]): Promise<void> {
    const sql = "DELETE FROM sluice.checkpoints WHERE run_id = $1 AND step_path = ANY ($2::text[])";
    await this.#database.run(sql, [runId, stepPaths]);
  }

  async clear(runId: string): Promise<void> {
    await this.#database.run("DELETE FROM sluice.checkpoints WHERE run_id = $1", [runId]);
  }
}
