import type { CheckpointEntry, CheckpointStore } from "@sluice/core";
import { z } from "zod";
import { Gathered } from "./gathered.ts";
import type { SqlDatabase } from "./sql-database.ts";

const stepSchema = z.object({ step_path: z.string(), text: z.string() });
const textSchema = z.object({ text: z.string() });
const addedSchema = stepSchema.extend({ run_id: z.string() });

interface Addition extends CheckpointEntry {
  runId: string;
}

/** Arrays over the additions: $1 run ids · $2 step paths · $3 texts. Returns what stands there afterwards. */
const ADD = `
INSERT INTO sluice.checkpoints AS present (run_id, step_path, text)
SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT (run_id, step_path) DO UPDATE SET text = present.text
RETURNING run_id, step_path, text`;

/** Checkpoints as one row per step. */
export class SqlCheckpoints implements CheckpointStore {
  readonly #database: SqlDatabase;
  readonly #additions: Gathered<Addition, string>;

  constructor(database: SqlDatabase) {
    this.#database = database;
    this.#additions = new Gathered({
      doAll: (additions) => this.#addAll(additions),
      sizeOf: ({ text }) => text.length,
    });
  }

  async read(runId: string): Promise<ReadonlyMap<string, string>> {
    const sql = "SELECT step_path, text FROM sluice.checkpoints WHERE run_id = $1";
    const steps = await this.#database.rows(stepSchema, sql, [runId]);
    return new Map(steps.map((step) => [step.step_path, step.text]));
  }

  async write(runId: string, entry: CheckpointEntry): Promise<string> {
    // What is expected is damaged, and hardly ever there.
    return entry.expected === null ? this.#additions.do({ runId, ...entry }) : this.#replace(runId, entry);
  }

  async #replace(runId: string, { stepPath, text, expected }: CheckpointEntry): Promise<string> {
    const sql = `
      INSERT INTO sluice.checkpoints AS present (run_id, step_path, text) VALUES ($1, $2, $3)
      ON CONFLICT (run_id, step_path) DO UPDATE
        SET text = CASE WHEN present.text = $4 THEN $3 ELSE present.text END
      RETURNING text`;
    const [row] = await this.#database.rows(textSchema, sql, [runId, stepPath, text, expected]);
    return row?.text ?? text;
  }

  /** Two of one step are refused by the database, and then added one after the other. */
  async #addAll(additions: readonly Addition[]): Promise<string[]> {
    const params = [
      additions.map(({ runId }) => runId),
      additions.map(({ stepPath }) => stepPath),
      additions.map(({ text }) => text),
    ];
    const rows = await this.#database.rows(addedSchema, ADD, params);
    const standing = new Map(rows.map((row) => [`${row.run_id} ${row.step_path}`, row.text]));
    return additions.map(({ runId, stepPath, text }) => standing.get(`${runId} ${stepPath}`) ?? text);
  }

  async remove(runId: string, stepPaths: readonly string[]): Promise<void> {
    const sql = "DELETE FROM sluice.checkpoints WHERE run_id = $1 AND step_path = ANY ($2::text[])";
    await this.#database.run(sql, [runId, stepPaths]);
  }

  async clear(runId: string): Promise<void> {
    await this.#database.run("DELETE FROM sluice.checkpoints WHERE run_id = $1", [runId]);
  }
}
