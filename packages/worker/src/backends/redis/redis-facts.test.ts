import { expect, test } from "vitest";
import { type RedisReadings, redisFacts } from "./redis-facts.ts";

const healthy: RedisReadings = {
  version: "7.2.4",
  evictionPolicy: "noeviction",
  hasAppendOnlyFile: true,
  snapshots: "",
  roundTripMs: 0.4,
  clockOffsetMs: 2,
};

const troubles = (changes: Partial<RedisReadings>) =>
  redisFacts({ ...healthy, ...changes }).flatMap(({ name, trouble }) =>
    trouble ? [`${trouble.severity} ${name}`] : [],
  );

test.each<[string, Partial<RedisReadings>, string[]]>([
  ["a healthy server", {}, []],
  ["snapshots only", { hasAppendOnlyFile: false, snapshots: "3600 1" }, []],
  ["a server that evicts", { evictionPolicy: "allkeys-lru" }, ["fail maxmemory-policy"]],
  ["nothing on disk", { hasAppendOnlyFile: false }, ["warn persistence"]],
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

test("tells on which side the clocks differ", () => {
  const clockOf = (clockOffsetMs: number) =>
    redisFacts({ ...healthy, clockOffsetMs }).find(({ name }) => name === "clock")?.value;
  expect(clockOf(-5_000)).toBe("5 s behind this machine");
  expect(clockOf(5_000)).toBe("5 s ahead of this machine");
});
