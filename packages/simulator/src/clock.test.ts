import { expect, test } from "vitest";
import { chat, get, refusal, statuses, toldByKey } from "../test/chat-client.ts";
import { startSimulator } from "./simulator.ts";

const MIDNIGHT = Date.UTC(2026, 10, 23);

test("minutes and days pass only by the clock that is given", async () => {
  let now = MIDNIGHT - 90_000;
  await using simulator = await startSimulator({ clock: () => now, limits: { perMinute: 2, perDay: 5 } });
  expect(await statuses(simulator, 3)).toEqual([200, 200, 429]);
  now = MIDNIGHT - 60_000;
  expect(await statuses(simulator, 2)).toEqual([200, 200]);
  now = MIDNIGHT - 1;
  const refused = await refusal(simulator);
  expect(refused.metadata).toMatchObject({ headers: { "X-RateLimit-Reset": String(MIDNIGHT) } });
  expect(await toldByKey(simulator)).toBe(6);
  now = MIDNIGHT;
  expect(await toldByKey(simulator)).toBe(0);
  expect(await statuses(simulator, 3)).toEqual([200, 200, 429]);
  expect(simulator.journal.filter(({ path }) => path.endsWith("/completions")).map(({ at }) => at)).toEqual([
    ...Array.from({ length: 3 }, () => MIDNIGHT - 90_000),
    ...Array.from({ length: 2 }, () => MIDNIGHT - 60_000),
    MIDNIGHT - 1,
    ...Array.from({ length: 3 }, () => MIDNIGHT),
  ]);
});

test("every answer is dated by that clock, and so are completions and expiry", async () => {
  let now = Date.UTC(2026, 7, 13, 12);
  await using simulator = await startSimulator({ clock: () => now });
  const expiring = { model: "inclusionai/ling-3.0-tiny:free" };
  const response = await chat(simulator, expiring);
  expect(response.headers.get("date")).toBe("Thu, 13 Aug 2026 12:00:00 GMT");
  expect(await response.json()).toMatchObject({ created: now / 1000 });
  now = Date.UTC(2026, 7, 14);
  expect((await chat(simulator, expiring)).status).toBe(404);
  expect((await get(simulator, "/key")).headers.get("date")).toBe("Fri, 14 Aug 2026 00:00:00 GMT");
});

test("a server whose clock is ahead shows it in dates and resets, and starts its minutes early", async () => {
  let now = MIDNIGHT - 10_000;
  await using simulator = await startSimulator({
    clock: () => now,
    clockOffsetMs: 4_000,
    limits: { perMinute: 1 },
  });
  expect((await chat(simulator)).headers.get("date")).toBe("Sun, 22 Nov 2026 23:59:54 GMT");
  const refused = await refusal(simulator);
  expect(refused.metadata).toMatchObject({ headers: { "X-RateLimit-Reset": String(MIDNIGHT) } });
  now = MIDNIGHT - 4_000;
  expect((await chat(simulator)).status).toBe(200);
});

test("the clock can be moved forward while the simulator runs", async () => {
  await using simulator = await startSimulator({ clock: () => MIDNIGHT, limits: { perMinute: 1 } });
  expect(await statuses(simulator, 2)).toEqual([200, 429]);
  simulator.advanceClock(60_000);
  expect(await statuses(simulator, 1)).toEqual([200]);
});
