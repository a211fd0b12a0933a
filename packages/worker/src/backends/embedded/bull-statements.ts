import { ConnectionLostError, repeatWhenLost, type SqlHost, type SqlResult } from "./sql-host.ts";

/**
 * What is done with a statement of BullMQ whose answer was lost with the owner of the store.
 *
 * - `repeat`: it may be carried out twice without harm.
 * - `claim`: it may have taken a job; the job is looked for by its lock before another is taken.
 * - `finish`: the same, and its own job may be finished already.
 * - `park`: its job may be parked already.
 * - `fail`: nobody can tell, so the caller is told; BullMQ tries again what it may.
 */
type Recovery = "repeat" | "claim" | "finish" | "park" | "fail";

const COMMENTS = /^(?:\s|--[^\n]*\n)*/;
const CALL = /\b([a-z_]+)\s*\(/gi;

const recoveries: Readonly<Record<string, Recovery>> = {
  move_to_active: "claim",
  move_to_completed_fetch: "finish",
  move_to_completed: "finish",
  move_to_delayed: "park",
};

/** Functions that only read, and functions that leave the same state when they are called twice. */
const harmless = new Set(
  `exists coalesce max min count current_setting set_config to_jsonb next_signal next_delay rate_limit_ttl
   change_priority add_jobs_bulk extend_lock move_stalled_jobs_to_wait pause t`.split(/\s+/),
);

/** BullMQ's renewal of locks and its settings of a queue: no SELECT, and they may be repeated. */
const HARMLESS_WRITES = /UPDATE job\s+SET locked_until_ms = \$5::bigint \+ \$4::bigint|^INSERT INTO meta\b/;

/** Decides by the text of a statement; what is not known fails. */
export function recoveryOf(sql: string): Recovery {
  const body = sql.replace(COMMENTS, "");
  if (HARMLESS_WRITES.test(body)) return "repeat";
  if (!/^SELECT\b/i.test(body)) return "fail";
  const calls = [...body.matchAll(CALL)].map(([, name = ""]) => name.toLowerCase());
  const special = calls.map((name) => recoveries[name]).find((recovery) => recovery !== undefined);
  if (special !== undefined) return special;
  return calls.every((name) => harmless.has(name) || keywords.has(name)) ? "repeat" : "fail";
}

/** Words that stand before a parenthesis and call nothing. */
const keywords = new Set(["and", "or", "not", "in", "any", "from", "where", "as", "select"]);

/**
 * Runs a statement for BullMQ. When the owner of the store goes away under it, it is settled with the next owner: done
 * once, as far as anybody can tell.
 *
 * @throws ConnectionLostError when it is not known whether it was carried out, or when no owner is found.
 */
export async function queryForBull(
  host: SqlHost,
  sql: string,
  params: readonly unknown[] | undefined,
): Promise<SqlResult> {
  const recovery = recoveryOf(sql);
  if (recovery === "fail") return host.query(sql, params);
  return repeatWhenLost(async (isRepeat) => {
    if (!isRepeat) return host.query(sql, params);
    const claimed = await findClaim(host, recovery, params ?? []);
    if (claimed) return claimed;
    try {
      return await host.query(sql, params);
    } catch (error) {
      const done = alreadyDone(recovery, error, params ?? []);
      if (done) return done;
      throw error;
    }
  });
}

/** The job that the lost statement has taken: no other has its token, which is made for one place of one worker. */
async function findClaim(
  host: SqlHost,
  recovery: Recovery,
  params: readonly unknown[],
): Promise<SqlResult | undefined> {
  if (recovery !== "claim" && recovery !== "finish") return undefined;
  const [queue, first, second] = params;
  const [finished, token] = recovery === "claim" ? ["", first] : [first, second];
  const found = await host.query(
    "SELECT * FROM bullmq.job WHERE queue = $1 AND lock_token = $2 AND id <> $3 AND state = 'active'",
    [queue, token, finished],
  );
  return found.rows.length > 0 ? found : undefined;
}

/** The detail of BullMQ's error BM001 for a job that is not there. */
const MISSING = "-1";

/** The answer of a statement whose repetition finds that it was carried out the first time. */
function alreadyDone(recovery: Recovery, error: unknown, params: readonly unknown[]): SqlResult | undefined {
  if (error instanceof ConnectionLostError || !(error instanceof Error)) return undefined;
  if (!("code" in error) || error.code !== "BM001" || !("detail" in error)) return undefined;
  // A finished job is removed; one that was also to take another has found none, or it had been found by its lock.
  const takesNext = params.length > 8;
  if (recovery === "finish" && error.detail === MISSING) {
    return takesNext ? { rows: [], rowCount: 0 } : { rows: [{ finished_on: params[4] }], rowCount: 1 };
  }
  // A parked job waits, or is another's already; in any case it is not the caller's any more.
  if (recovery === "park") return { rows: [{ n: 1 }], rowCount: 1 };
  return undefined;
}
