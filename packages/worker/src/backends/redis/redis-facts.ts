import { formatDuration, SECOND_MS } from "@sluice/core";
import type { BackendFact, BackendFacts } from "../../backend/backend-facts.ts";
import { openHole } from "./redis-advisories.ts";
import type { RedisConnection } from "./redis-connection.ts";
import { readStart } from "./redis-settings.ts";
import { lossOf, type StartReadings } from "./redis-start-check.ts";

/** What was read of a server. */
export interface RedisReadings extends StartReadings {
  roundTripMs: number;
  /** The server's clock minus this machine's, in milliseconds. */
  clockOffsetMs: number;
}

/** How the server is used. */
interface Use {
  /** What a restart of it loses was accepted. */
  isEphemeral: boolean;
  /** Whoever reaches it over the network needs no password. */
  isOpenToNetwork: boolean;
}

/** Reads what there is to know of a Redis. @throws SluiceError BACKEND_UNREACHABLE */
export async function describeRedis(
  connection: RedisConnection,
  { isEphemeral }: { isEphemeral: boolean },
): Promise<BackendFacts> {
  const readings = { ...(await readStart(connection)), ...(await readClock(connection)) };
  return redisFacts(readings, { isEphemeral, isOpenToNetwork: connection.target.isOpenToNetwork });
}

/** What the readings mean. */
export function redisFacts(readings: RedisReadings, use: Use): BackendFacts {
  return [
    versionFact(readings),
    ...(readings.isCluster ? [{ name: "cluster", value: "yes; one node holds all of Sluice's keys" }] : []),
    evictionFact(readings),
    persistenceFact(readings, use),
    accessFact(use),
    latencyFact(readings),
    clockFact(readings),
  ];
}

const UNKNOWN = "not told by this server";

function versionFact({ product, version }: RedisReadings): BackendFact {
  const name = "version";
  if (version === null) return { name, value: UNKNOWN };
  const hole = openHole(product, version);
  const value = product === "Redis" ? version : `${product} ${version}`;
  if (!hole) return { name, value };
  const fix =
    `It may have ${hole.cve}, by which whoever may run scripts can take the server over. Versions ` +
    `${hole.fixedIn.join(", ")} have it closed, and so may a distribution's own build of this one.`;
  return { name, value, trouble: { severity: "warn", fix } };
}

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

function persistenceFact(readings: RedisReadings, { isEphemeral }: Use): BackendFact {
  const name = "persistence";
  if (readings.hasAppendOnlyFile) return { name, value: "append-only file" };
  const value = persistenceOf(readings);
  if (isEphemeral) return { name, value: `${value}, accepted as ephemeral` };
  const loss = lossOf(readings);
  if (loss === undefined) {
    const fix = "Make sure that it writes to disk, or a restart loses every run.";
    return { name, value, trouble: { severity: "warn", fix } };
  }
  const fix = `It ${loss}. Mend it with redis-cli config set appendonly yes, or accept it with SLUICE_EPHEMERAL=1.`;
  return { name, value, trouble: { severity: readings.snapshots === "" ? "fail" : "warn", fix } };
}

function persistenceOf({ hasAppendOnlyFile, snapshots }: RedisReadings): string {
  if (hasAppendOnlyFile === null) return UNKNOWN;
  if (snapshots === null) return "no append-only file";
  return snapshots === "" ? "none" : `snapshots only (save ${snapshots})`;
}

function accessFact({ isOpenToNetwork }: Use): BackendFact {
  const name = "access";
  if (!isOpenToNetwork) return { name, value: "with a password, or on this machine only" };
  const fix =
    "Whoever reaches it can read and change every run: give it a user with a password (docs/guide/redis.md).";
  return { name, value: "without a password", trouble: { severity: "warn", fix } };
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
