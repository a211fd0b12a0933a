import { expect, test } from "vitest";
import { type RedisReadings, redisFacts } from "./redis-facts.ts";

const healthy: RedisReadings = {
  isTold: true,
  product: "Redis",
  version: "7.2.11",
  redisVersion: "7.2.11",
  isCluster: false,
  isLoading: false,
  evictionPolicy: "noeviction",
  hasAppendOnlyFile: true,
  snapshots: "",
  roundTripMs: 0.4,
  clockOffsetMs: 2,
};

const closed = { isEphemeral: false, isOpenToNetwork: false };

const troubles = (changes: Partial<RedisReadings>, use = closed) =>
  redisFacts({ ...healthy, ...changes }, use).flatMap(({ name, trouble }) =>
    trouble ? [`${trouble.severity} ${name}`] : [],
  );

test.each<[string, Partial<RedisReadings>, string[]]>([
  ["a healthy server", {}, []],
  ["snapshots only", { hasAppendOnlyFile: false, snapshots: "3600 1" }, ["warn persistence"]],
  ["a server that evicts", { evictionPolicy: "allkeys-lru" }, ["fail maxmemory-policy"]],
  ["nothing on disk", { hasAppendOnlyFile: false }, ["fail persistence"]],
  ["no append-only file", { hasAppendOnlyFile: false, snapshots: null }, ["warn persistence"]],
  ["a version with a hole", { version: "7.2.10" }, ["warn version"]],
  ["a line that was given up with its hole", { version: "7.0.15" }, ["warn version"]],
  ["a line that is newer than the hole", { version: "8.4.0" }, []],
  ["a Valkey with a hole", { product: "Valkey", version: "8.1.4" }, ["warn version"]],
  ["a Valkey without", { product: "Valkey", version: "9.0.3" }, []],
  [
    "a server that tells nothing",
    { version: null, evictionPolicy: null, hasAppendOnlyFile: null, snapshots: null },
    ["warn maxmemory-policy", "warn persistence"],
  ],
  ["a far server", { roundTripMs: 180 }, ["warn latency"]],
  ["a clock that is behind", { clockOffsetMs: -5_000 }, ["warn clock"]],
])("of %s, finds what needs mending", (_what, changes, expected) => {
  expect(troubles(changes)).toEqual(expected);
});

test("takes what is only in memory when that was accepted", () => {
  const ephemeral = { ...closed, isEphemeral: true };
  expect(troubles({ hasAppendOnlyFile: false }, ephemeral)).toEqual([]);
});

test("finds a server that is open to the network", () => {
  expect(troubles({}, { ...closed, isOpenToNetwork: true })).toEqual(["warn access"]);
});

test("tells on which side the clocks differ", () => {
  const clockOf = (clockOffsetMs: number) =>
    redisFacts({ ...healthy, clockOffsetMs }, closed).find(({ name }) => name === "clock")?.value;
  expect(clockOf(-5_000)).toBe("5 s behind this machine");
  expect(clockOf(5_000)).toBe("5 s ahead of this machine");
});
