import { setTimeout as sleep } from "node:timers/promises";
import { randomId } from "@sluice/core";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";
import { type EventLog, KEPT_ENTRIES, type LogEntry, type LogPosition } from "./event-log.ts";

/** What a store may keep over the bound for a while: it drops in pieces. */
const SLACK = 500;
const WAKES = 6;

/** Follows until `count` entries with this mark have come. */
async function follow(
  log: EventLog,
  after: LogPosition | null,
  { mark, count }: { mark: string; count: number },
) {
  const end = new AbortController();
  const texts: string[] = [];
  for await (const entries of log.follow(after, { signal: end.signal })) {
    texts.push(...marked(entries, mark));
    if (texts.length >= count) end.abort();
  }
  return texts;
}

function marked(entries: readonly LogEntry[], mark: string): string[] {
  return entries.map(({ text }) => text).filter((text) => text.startsWith(mark));
}

/** The promises every log of events keeps. */
export function eventLogTestsuite(name: string, backend: () => Backend): void {
  const log = () => backend().events;
  const texts = (mark: string, count: number) =>
    Array.from({ length: count }, (_, index) => `${mark} ${index}`);

  describe(`event log: ${name}`, () => {
    it("gives entries back in their order, from a position on, to the letter", async () => {
      const before = await log().newest();
      const strange = JSON.stringify({ text: "\u0000 \ud800 ü 漢 'quoted'" });
      await log().append([strange, "second"]);
      await log().append(["third"]);
      const all = await log().read(before, 10);
      expect(all.map(({ text }) => text)).toEqual([strange, "second", "third"]);
      expect(await log().newest()).toBe(all.at(-1)?.position);
      expect((await log().read(all[0]?.position ?? null, 1)).map(({ text }) => text)).toEqual(["second"]);
      expect(await log().read(all.at(-1)?.position ?? null, 10)).toEqual([]);
    });

    it("is followed from what is kept into what comes, each entry once and in order", async () => {
      const mark = randomId(8);
      const before = await log().newest();
      await log().append(texts(mark, 250));
      const early = follow(log(), before, { mark, count: 300 });
      const second = log()
        .append(texts(`${mark} more`, 30))
        .then(() => log().append(texts(`${mark} last`, 20)));
      const late = follow(log(), before, { mark, count: 300 });
      await second;
      const expected = [...texts(mark, 250), ...texts(`${mark} more`, 30), ...texts(`${mark} last`, 20)];
      expect(await early).toEqual(expected);
      expect(await late).toEqual(expected);
    });

    it("wakes a follower that waits", async () => {
      const mark = randomId(8);
      const end = new AbortController();
      const entries = log()
        .follow(await log().newest(), { signal: end.signal })
        [Symbol.asyncIterator]();
      const startedAt = performance.now();
      let heard = 0;
      for (let round = 0; round < WAKES; round++) {
        const next = entries.next();
        // By then it waits; if not, nothing is shown by this round.
        await sleep(100);
        await log().append([`${mark} ${round}`]);
        heard += marked((await next).value ?? [], mark).length;
      }
      end.abort();
      expect(heard).toBe(WAKES);
      // One that only looked now and then would take two seconds for each.
      expect(performance.now() - startedAt).toBeLessThan(1_500 * WAKES);
    });

    it("is not followed any more once the signal aborts, before or during a wait", async () => {
      const position = await log().newest();
      for await (const _ of log().follow(position, { signal: AbortSignal.abort() }))
        throw new Error("not this");
      const end = new AbortController();
      const following = drain(log().follow(position, { signal: end.signal }));
      const startedAt = performance.now();
      end.abort();
      await following;
      expect(performance.now() - startedAt).toBeLessThan(2_000);
    });

    it("keeps the newest entries only", async () => {
      const mark = randomId(8);
      for (let written = 0; written < KEPT_ENTRIES + SLACK + 500; written += 250) {
        await log().append(texts(`${mark} ${written}`, 250));
      }
      const kept = await log().read(null, 10 * KEPT_ENTRIES);
      expect(kept.length).toBeGreaterThanOrEqual(KEPT_ENTRIES);
      expect(kept.length).toBeLessThan(KEPT_ENTRIES + SLACK);
      expect(marked(kept, mark)).toHaveLength(kept.length);
      expect(kept.at(-1)?.text).toBe(`${mark} ${KEPT_ENTRIES + SLACK + 250} 249`);
    });
  });
}

/** Takes whatever comes until it ends. */
async function drain(entries: AsyncIterable<LogEntry[]>): Promise<void> {
  for await (const _ of entries);
}
