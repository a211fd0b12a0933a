import { describe, expect, it } from "vitest";
import { parseInfo } from "./redis-info.ts";
import { noticesOf, refusalOf, type StartReadings } from "./redis-start-check.ts";
import { readTarget } from "./redis-target.ts";

const target = readTarget("redis://127.0.0.1:6379");

const lines = (...more: string[]) =>
  ["# Server", "redis_version:7.2.4", "redis_mode:standalone", "aof_enabled:1", "loading:0", ...more].join(
    "\r\n",
  );

function readings(info: string, snapshots: string | null = null): StartReadings {
  return { ...parseInfo(info), snapshots };
}

const notices = (of: StartReadings, url = "redis://127.0.0.1:6379", isEphemeral = false) =>
  noticesOf(of, readTarget(url), { isEphemeral });

describe("the check at the start", () => {
  it("has nothing to say of a Redis with an append-only file, and of one that tells nothing of itself", () => {
    for (const info of [lines("maxmemory_policy:noeviction"), ""]) {
      expect(refusalOf(readings(info), target)).toBeUndefined();
      expect(notices(readings(info))).toEqual([]);
    }
  });

  it.each([
    ["redis_version:6.0.16", "OPTION_INVALID", "Redis 6.2 or newer"],
    ["maxmemory_policy:allkeys-lru", "OPTION_INVALID", "maxmemory-policy noeviction"],
    ["loading:1", "BACKEND_UNREACHABLE", "still loading"],
  ])("refuses one that says %s, with what to do", (line, code, words) => {
    const refusal = refusalOf(readings(lines(line)), target);
    expect(refusal).toMatchObject({ code, message: expect.stringContaining(words) });
  });

  it("goes by the version of Redis that a Valkey is compatible with", () => {
    const valkey = readings(lines("server_name:valkey", "valkey_version:8.1.4"));
    expect(valkey).toMatchObject({ product: "Valkey", version: "8.1.4", redisVersion: "7.2.4" });
    expect(refusalOf(valkey, target)).toBeUndefined();
    expect(notices(valkey)).toEqual([]);
  });

  it("says that a Dragonfly was never tried", () => {
    const dragonfly = readings(lines("dragonfly_version:df-v1.27.1"));
    expect(dragonfly).toMatchObject({ product: "Dragonfly", version: "1.27.1" });
    expect(notices(dragonfly)).toEqual([expect.stringContaining("never tested")]);
  });

  it.each([
    ["", "loses every run"],
    ["3600 1", "after its last snapshot"],
    [null, "after its last snapshot"],
  ])("says what a crash loses without an append-only file, with snapshots %j", (snapshots, words) => {
    const volatile = readings(lines("aof_enabled:0"), snapshots);
    expect(notices(volatile)).toEqual([expect.stringContaining(words)]);
    expect(notices(volatile)[0]).toContain("--ephemeral");
    expect(notices(volatile, undefined, true)).toEqual([]);
  });

  it.each([
    ["redis://db.example:6379", true],
    ["rediss://10.0.0.7:6379/2", true],
    ["redis://:secret@db.example", false],
    ["redis://user:secret@db.example,redis://user:secret@db2.example", false],
    ["redis://user:secret@db.example,redis://db2.example", true],
    ["redis://localhost", false],
    ["redis://[::1]:6379", false],
    ["redis://127.8.8.8", false],
  ])("of %s, says that it is open to the network: %j", (url, isOpen) => {
    expect(notices(readings(lines()), url).some((notice) => notice.includes("no password"))).toBe(isOpen);
  });

  it("shows of several URLs no password", () => {
    expect(readTarget("redis://u:p4ss@a:7000, rediss://u:p4ss@b:7001/3")).toMatchObject({
      location: "redis://a:7000,rediss://b:7001/3",
    });
  });
});
