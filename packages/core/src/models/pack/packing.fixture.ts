import { packedItemIds, type SimulatorOptions } from "@sluice/simulator";
import { expect } from "vitest";
import { z } from "zod";
import { runPipeline } from "../../executor/run-pipeline.ts";
import { type SimulatedRuntime, withRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../../pipeline/define-pipeline.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { type LlmOptions, llm } from "../../pipeline/steps/llm.ts";
import type { Clock } from "../../shared/clock.ts";
import { languageOf } from "../../shared/language.ts";
import { openRouter } from "../openrouter/openrouter.ts";

interface View {
  input: { text: string };
  steps: Record<string, never>;
}

/** A pipeline that names the vendor of a text. */
export function vendorsOf({
  maxItems = 4,
  isPacked = true,
  ...options
}: { maxItems?: number; isPacked?: boolean } & Partial<LlmOptions<View, { vendor: string }>> = {}) {
  return definePipeline({ name: "vendors", version: 1, input: z.object({ text: z.string() }) }).step(
    "vendor",
    llm<View, { vendor: string }>({
      output: z.object({ vendor: z.string() }),
      prompt: ({ input }) => `Name the vendor.\n\n${input.text}`,
      pack: isPacked && { maxItems, sample: 0 },
      ...options,
    }),
  );
}

/** Texts of which each has one right answer that no other has: `Shop 0 Ltd`, `Shop 1 Ltd` … */
export function bills(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, n) => `Bill ${from + n}.\n\nVendor: Shop ${from + n} Ltd`);
}

/** The right answer to each. */
export function vendors(count: number, from = 0): Array<{ vendor: string }> {
  return Array.from({ length: count }, (_, n) => ({ vendor: `Shop ${from + n} Ltd` }));
}

/** One chat completion as the server saw it. */
interface AskedRequest {
  model: string | undefined;
  /** Which of the texts it was about, in order. */
  texts: string[];
  isPacked: boolean;
}

/** A runtime whose requests leave one after the other, each when all is settled that the ones before came to. */
export interface Packing extends SimulatedRuntime {
  /** Lets time pass while anything is under way. */
  settle<T>(work: readonly Promise<T>[]): Promise<PromiseSettledResult<T>[]>;
  /** Runs a pipeline on all texts at once. Rejects with the first failure. */
  runAll<Output>(pipeline: Pipeline<{ text: string }, Output>, texts: readonly string[]): Promise<Output[]>;
  /** The requests that arrived, and which of these texts each was about. */
  asked(texts: readonly string[]): AskedRequest[];
}

/** Distance between two sends, by the clock of the test. */
const GAP_MS = 200;

/** A clock that stands while a request is under way: who sleeps, waits for what the others come to. */
class HeldClock implements Clock {
  #now = Date.now();
  readonly #sleepers = new Set<{ at: number; wake(): void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    return new Promise((resolve, reject) => {
      const sleeper = { at: this.#now + ms, wake: resolve };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", () => {
        this.#sleepers.delete(sleeper);
        reject(signal.reason);
      });
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > this.#now) continue;
      this.#sleepers.delete(sleeper);
      sleeper.wake();
    }
  }
}

/** Runs a test body on an account of its own that has just been asked something: the next permit is a while away. */
export async function withPacking(
  body: (packing: Packing) => Promise<void>,
  options: SimulatorOptions = {},
): Promise<void> {
  // Loaded before, so that questions of the same moment come together.
  await languageOf("");
  await withRuntime(async (simulated) => {
    const { simulator, events } = simulated;
    const clock = new HeldClock();
    const rules = { perMinute: 1_000, perDay: 1_000, gapMs: GAP_MS };
    const models = openRouter({ apiKey: "k", baseUrl: simulator.url, rules, clock });
    const arrived = () => simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
    const attempts = () => events.filter(({ type }) => type === "step.attempt").length;
    /** Every permit that was given has come to an answer that was heard. */
    const isQuiet = async () => {
      await turns();
      return (await models.ledger.status()).usedToday === attempts();
    };
    const settle = async <T>(work: readonly Promise<T>[]) => {
      let isDone = false;
      const all = Promise.allSettled(work).finally(() => {
        isDone = true;
      });
      while (!isDone) {
        await expect
          .poll(async () => isDone || (await isQuiet()), { interval: 2, timeout: 10_000 })
          .toBe(true);
        await turns();
        clock.advance(GAP_MS / 2);
        await turns();
      }
      return all;
    };
    const packing: Packing = {
      ...simulated,
      models,
      settle,
      async runAll(pipeline, texts) {
        const runs = texts.map((text) => runPipeline(pipeline, { text }, packing));
        const settled = await settle(runs);
        expect(settled.filter(({ status }) => status === "rejected")).toEqual([]);
        return (await Promise.all(runs)).map(({ output }) => output);
      },
      asked: (texts) =>
        arrived().map((entry) => ({
          model: entry.model,
          texts: inOrder(texts, JSON.stringify(entry.body)),
          isPacked: packedItemIds(entry).length > 0,
        })),
    };
    await packing.runAll(vendorsOf({ isPacked: false, cache: false }), ["Warm-up.\n\nVendor: Nobody Ltd"]);
    await body(packing);
  }, options);
}

/** Lets everything run that waits for nothing from outside. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
}

function inOrder(texts: readonly string[], body: string): string[] {
  const place = (text: string) => body.indexOf(JSON.stringify(text).slice(1, -1));
  return texts.filter((text) => place(text) >= 0).sort((a, b) => place(a) - place(b));
}
