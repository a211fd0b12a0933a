import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import { CLOSE, type PgliteAnswer, type PgliteRequest, READY, type SqlResult } from "./pglite-messages.ts";

/** Small buffers: the process stays under 250 MB instead of 450. The WAL limits hold the folder at about 60 MB. */
const POSTGRES_SETTINGS = ["shared_buffers=8MB", "max_wal_size=48MB", "min_wal_size=32MB"];

const { dataDir } = z.object({ dataDir: z.string() }).parse(workerData);

/** The program of the thread that hosts PostgreSQL, so that its blocking never stops the process's own loop. */
async function serve(port: NonNullable<typeof parentPort>): Promise<void> {
  const send = (answer: PgliteAnswer) => port.postMessage(answer);
  const db = await PGlite.create({ dataDir, postgresqlconf: POSTGRES_SETTINGS });
  db.onNotification((channel, payload) => send({ channel, payload }));
  await db.exec("LISTEN bullmq_jobs; LISTEN bullmq_events");
  port.on("message", async (request: PgliteRequest | typeof CLOSE) => {
    if (request === CLOSE) {
      await db.close();
      port.close();
      return;
    }
    try {
      send({ id: request.id, ...(await run(db, request)) });
    } catch (error) {
      send({ id: request.id, error: describeError(error) });
    }
  });
  send(READY);
}

async function run(db: PGlite, { sql, params }: PgliteRequest): Promise<SqlResult> {
  if (params !== undefined && params.length > 0) {
    const { rows, affectedRows } = await db.query<Record<string, unknown>>(sql, [...params]);
    return { rows, rowCount: affectedRows || rows.length };
  }
  const last = (await db.exec(sql)).at(-1);
  const rows: Record<string, unknown>[] = last?.rows ?? [];
  return { rows, rowCount: last?.affectedRows || rows.length };
}

const errorSchema = z.object({
  message: z.string(),
  code: z.string().optional().catch(undefined),
  detail: z.string().optional().catch(undefined),
});

function describeError(error: unknown) {
  const parsed = errorSchema.safeParse(error);
  return parsed.success ? parsed.data : { message: String(error) };
}

if (parentPort !== null) await serve(parentPort);
