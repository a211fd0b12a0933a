import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { z } from "zod";
import {
  CLIENT_LEFT,
  CLOSE,
  READY,
  SERVING,
  type ServeRequest,
  type SqlAnswer,
  type SqlRequest,
  type ThreadMessage,
} from "./pglite-messages.ts";
import { EVENTS_CHANNEL, type SqlResult } from "./sql-host.ts";
import { StatementServer } from "./statement-server.ts";

/** Small buffers: the process stays under 250 MB instead of 450. The WAL limits hold the folder at about 60 MB. */
const POSTGRES_SETTINGS = ["shared_buffers=8MB", "max_wal_size=48MB", "min_wal_size=32MB"];

const { dataDir } = z.object({ dataDir: z.string() }).parse(workerData);

/**
 * The program of the thread that hosts PostgreSQL, so that its blocking never stops the process's own loop. Other
 * processes are served from here too, so that a process busy with a document does not stop them.
 */
async function host(port: NonNullable<typeof parentPort>): Promise<void> {
  const send = (message: ThreadMessage) => port.postMessage(message);
  const db = await PGlite.create({ dataDir, postgresqlconf: POSTGRES_SETTINGS });
  let server: StatementServer | undefined;
  db.onNotification((channel, payload) => {
    send({ channel, payload });
    server?.tell(channel, payload);
  });
  await db.exec(`SET search_path TO bullmq, public; LISTEN bullmq_jobs; LISTEN ${EVENTS_CHANNEL}`);
  const serve = async (request: ServeRequest) => {
    const answer = (statement: SqlRequest) => answerTo(db, statement);
    server = await StatementServer.listen({ ...request, answer, onLeft: () => send(CLIENT_LEFT) });
  };
  port.on("message", async (request: SqlRequest | ServeRequest | typeof CLOSE) => {
    if (request === CLOSE) {
      await server?.close();
      await db.close();
      port.close();
    } else if ("socketPath" in request) {
      await serve(request).then(
        () => send(SERVING),
        (error: unknown) => send({ unserved: String(error) }),
      );
    } else send(await answerTo(db, request));
  });
  send(READY);
}

async function answerTo(db: PGlite, { id, sql, params }: SqlRequest): Promise<SqlAnswer> {
  try {
    return { id, ...(await run(db, sql, params)) };
  } catch (error) {
    return { id, error: describeError(error) };
  }
}

async function run(db: PGlite, sql: string, params?: readonly unknown[]): Promise<SqlResult> {
  if (params !== undefined) {
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

if (parentPort !== null) await host(parentPort);
