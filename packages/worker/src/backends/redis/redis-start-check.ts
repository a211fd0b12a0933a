import { SluiceError } from "@sluice/core";
import type { RedisInfo } from "./redis-info.ts";
import type { RedisTarget } from "./redis-target.ts";

/** What is looked at before a Redis is used. */
export interface StartReadings extends RedisInfo {
  /** The setting `save`: empty for no snapshots, null when it is not told. */
  snapshots: string | null;
}

/** The first Redis that has all commands that are used. */
const LEAST_VERSION = "6.2.0";

/** Why this Redis must not be used, as an error; undefined when it may be. */
export function refusalOf(readings: StartReadings, { location }: RedisTarget): SluiceError | undefined {
  const { isLoading, redisVersion, evictionPolicy } = readings;
  if (isLoading) {
    return new SluiceError("BACKEND_UNREACHABLE", {
      message: `Redis at ${location} is still loading its data from disk. Start again when it has done so.`,
      facts: { url: location },
    });
  }
  if (redisVersion !== null && isOlder(redisVersion, LEAST_VERSION)) {
    return new SluiceError("OPTION_INVALID", {
      message:
        `Redis at ${location} has version ${redisVersion}, which lacks commands that Sluice uses. ` +
        "Use Redis 6.2 or newer, or Valkey.",
      facts: { url: location, version: redisVersion },
    });
  }
  if (evictionPolicy === null || evictionPolicy === "noeviction") return undefined;
  return new SluiceError("OPTION_INVALID", {
    message:
      `Redis at ${location} may evict keys (maxmemory-policy is ${evictionPolicy}) and would lose runs. ` +
      "Set it with: redis-cli config set maxmemory-policy noeviction.",
    facts: { url: location, policy: evictionPolicy },
  });
}

/** What whoever entrusts runs to this Redis should know, a sentence or two each. */
export function noticesOf(
  readings: StartReadings,
  { location, isOpenToNetwork }: RedisTarget,
  { isEphemeral }: { isEphemeral: boolean },
): string[] {
  const notices: string[] = [];
  const loss = isEphemeral ? undefined : lossOf(readings);
  if (loss) {
    notices.push(
      `Redis at ${location} ${loss}. Turn its append-only file on (redis-cli config set appendonly yes, and ` +
        "`appendonly yes` in its configuration), or accept it with --ephemeral.",
    );
  }
  if (isOpenToNetwork) {
    notices.push(
      `Redis at ${location} asks for no password: whoever reaches it can read and change every run. ` +
        "Give it a user with a password, and use rediss://; docs/guide/redis.md has an example.",
    );
  }
  if (readings.product === "Dragonfly") {
    notices.push(`${location} is Dragonfly, with which Sluice was never tested. Use Redis or Valkey.`);
  }
  return notices;
}

/** What a crash or a restart of the server loses; undefined when nothing much, or when it is not known. */
export function lossOf({
  hasAppendOnlyFile,
  snapshots,
}: Pick<StartReadings, "hasAppendOnlyFile" | "snapshots">): string | undefined {
  if (hasAppendOnlyFile !== false) return undefined;
  if (snapshots === "") return "keeps nothing on disk: a restart of it loses every run";
  return "has no append-only file: a crash of it loses all that came after its last snapshot";
}

/** Compares versions such as `7.0.15`; what is no number counts as 0. */
export function isOlder(version: string, than: string): boolean {
  const [left, right] = [partsOf(version), partsOf(than)];
  for (let index = 0; index < right.length; index++) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return false;
}

function partsOf(version: string): number[] {
  return version.split(".").map((part) => Number.parseInt(part, 10) || 0);
}
