import { describe, expect, it } from "vitest";
import { ManualClock } from "../shared/manual-clock.ts";
import { CACHE_TTL_MS, type ResponseCache } from "./response-cache.ts";

/** A cache under test, counting by `clock`, and how to let go of it. */
export interface ResponseCacheFixture {
  cache: ResponseCache;
  close(): Promise<void>;
}

/** The promises every response cache keeps. */
export function responseCacheTestsuite(
  name: string,
  createFixture: (clock: ManualClock) => Promise<ResponseCacheFixture>,
): void {
  describe(`response cache: ${name}`, () => {
    const withCache = async (body: (cache: ResponseCache, clock: ManualClock) => Promise<void>) => {
      const clock = new ManualClock(Date.now());
      const fixture = await createFixture(clock);
      try {
        await body(fixture.cache, clock);
      } finally {
        await fixture.close();
      }
    };

    it("misses what it never saw", () =>
      withCache(async (cache) => {
        expect(await cache.get("absent")).toBeUndefined();
      }));

    it("returns what was stored, to the letter", () =>
      withCache(async (cache) => {
        const text = JSON.stringify({ text: "\u0000 \ud800 ü 漢" });
        await cache.set("key", text);
        expect(await cache.get("key")).toBe(text);
      }));

    it("keeps the newest of two answers under one key", () =>
      withCache(async (cache) => {
        await cache.set("key", "old");
        await cache.set("key", "new");
        expect(await cache.get("key")).toBe("new");
      }));

    it("forgets an answer over its age", () =>
      withCache(async (cache, clock) => {
        await cache.set("key", "text");
        clock.advance(CACHE_TTL_MS + 1);
        expect(await cache.get("key")).toBeUndefined();
      }));

    it("lets one of many buy an answer, and the next one after it was released", () =>
      withCache(async (cache) => {
        const claims = await Promise.all([1, 2, 3].map(() => cache.claim("key", 10_000)));
        expect(claims.filter(Boolean)).toHaveLength(1);
        expect(await cache.claim("other", 10_000)).toBe(true);
        await cache.release("key");
        expect(await cache.claim("key", 10_000)).toBe(true);
      }));

    it("does not wait for ever for a buyer that is gone", () =>
      withCache(async (cache, clock) => {
        await cache.claim("key", 10_000);
        clock.advance(10_001);
        expect(await cache.claim("key", 10_000)).toBe(true);
        expect(await cache.claim("key", 10_000)).toBe(false);
      }));
  });
}
