import { formatDuration, SECOND_MS } from "@sluice/core";
import type { BackendFact, BackendFacts } from "../../backend/backend-facts.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { readSetting } from "./redis-settings.ts";

/** What was read of a server; null for what it does not tell, as hosted servers often do not. */
export interface RedisReadings {
  version: string | null;
  evictionPolicy: string | null;
  hasAppendOnlyFile: boolean | null;
  /** The setting `save`: empty for no snapshots. */
  snapshots: string | null;
  roundTripMs: number;
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffsetMs: number;
}

/** Reads what there is to know of a Redis. @throws SluiceError BACKEND_UNREACHABLE */
export async function describeRedis(connection: RedisConnection): Promise<BackendFacts> {
  const info = await connection.run((redis) => redis.info().catch(() => ""));
  return redisFacts({
    version: infoField(info, "redis_version"),
    evictionPolicy: await readSetting(connection, "maxmemory-policy"),
    hasAppendOnlyFile: toBoolean(infoField(info, "aof_enabled")),
    snapshots: await readSetting(connection, "save"),
    ...(await readClock(connection)),
  });
}

/** What the readings mean. */
export function redisFacts(readings: RedisReadings): BackendFacts {
  return [
    { name: "version", value: readings.version ?? UNKNOWN },
    evictionFact(readings),
    persistenceFact(readings),
    latencyFact(readings),
    clockFact(readings),
  ];
}

const UNKNOWN = "not told by this server";

function evictionFact({ evictionPolicy }: RedisReadings): BackendFact {
  const name = "maxmemory-policy";
  if (evictionPolicy === "noeviction") return { name, value: evictionPolicy };
  if (evictionPolicy === null) {
    const fix = "Make sure that it is noeviction: a Redis that evicts keys loses runs.";
    return { name, value: UNKNOWN, trouble: { severity: "warn", fix } };
  }
  const fix = "It loses runs when its memory is full: redis-cli config set maxmemory-policy noeviction.";
  return { name, value: evictionPolicy, trouble: { severity: "fail", fix } };
}

function persistenceFact({ hasAppendOnlyFile, snapshots }: RedisReadings): BackendFact {
  const name = "persistence";
  if (hasAppendOnlyFile) return { name, value: "append-only file" };
  if (snapshots) return { name, value: `snapshots (save ${snapshots})` };
  if (snapshots === null) {
    const fix = "Make sure that it writes to disk, or a restart loses every run.";
    return { name, value: UNKNOWN, trouble: { severity: "warn", fix } };
  }
  const fix = "A restart of Redis loses every run: redis-cli config set appendonly yes.";
  return { name, value: "none", trouble: { severity: "warn", fix } };
}

/** A step takes several round trips, in milliseconds. */
const SLOW_MS = 100;

function latencyFact({ roundTripMs }: RedisReadings): BackendFact {
  const fact = { name: "latency", value: formatDuration(roundTripMs) };
  if (roundTripMs <= SLOW_MS) return fact;
  return {
    ...fact,
    trouble: { severity: "warn", fix: "Each step waits for it several times; use a nearer one." },
  };
}

/** Beyond this, times that people are told and times that are kept differ, in milliseconds. */
const LARGEST_OFFSET_MS = SECOND_MS;

function clockFact({ clockOffsetMs }: RedisReadings): BackendFact {
  const name = "clock";
  const distance = formatDuration(Math.abs(clockOffsetMs));
  const value = `${distance} ${clockOffsetMs < 0 ? "behind" : "ahead of"} this machine`;
  if (Math.abs(clockOffsetMs) <= LARGEST_OFFSET_MS) return { name, value };
  const fix = "Synchronise both clocks (NTP): stated times and the age of cached answers are off by as much.";
  return { name, value, trouble: { severity: "warn", fix } };
}

const SAMPLES = 5;

/** The best of some samples: what disturbs a round trip only makes it longer. */
async function readClock(
  connection: RedisConnection,
): Promise<Pick<RedisReadings, "roundTripMs" | "clockOffsetMs">> {
  let best = { roundTripMs: Number.POSITIVE_INFINITY, clockOffsetMs: 0 };
  for (let sample = 0; sample < SAMPLES; sample++) {
    const sentAt = Date.now();
    const startedAt = performance.now();
    const [seconds, microseconds] = await connection.run((redis) => redis.time());
    const roundTripMs = performance.now() - startedAt;
    const serverNow = Number(seconds) * SECOND_MS + Number(microseconds) / 1_000;
    if (roundTripMs < best.roundTripMs) {
      best = { roundTripMs, clockOffsetMs: serverNow - (sentAt + roundTripMs / 2) };
    }
  }
  return best;
}

function infoField(info: string, name: string): string | null {
  return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1] ?? null;
}

function toBoolean(text: string | null): boolean | null {
  return text === null ? null : text === "1";
}
