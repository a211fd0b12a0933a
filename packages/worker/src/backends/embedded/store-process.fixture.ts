import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Backend } from "../../backend/backend.ts";
import type { Consumer } from "../../backend/run-queue.ts";
import { openEmbeddedBackend } from "./embedded-backend.ts";

const taskSchema = z.object({
  home: z.string(),
  lock: z.object({ durationMs: z.number(), stalledMs: z.number() }).optional(),
});

const consumers: Consumer[] = [];

/** A process of its own on a store, which does what it reads line by line and says what it did. */
const commands: Readonly<Record<string, (backend: Backend, words: string[]) => Promise<void>>> = {
  /** `consume 5 20`: five runs at a time, each for 20 ms; 0 is for ever. */
  consume: async (backend, [concurrency, workMs]) => {
    const consumer = await backend.queue.consume({
      concurrency: Number(concurrency),
      process: async (runId) => {
        say(`taken ${runId}`);
        if (Number(workMs) === 0) await new Promise(() => {});
        await sleep(Number(workMs));
        say(`done ${runId}`);
        return { kind: "done" };
      },
      onError: (error) => say(`error ${String(error).replaceAll("\n", " ")}`),
    });
    consumers.push(consumer);
    say("consuming");
  },
  /** `add a 100`: the runs a-0 to a-99, ten at a time. */
  add: async (backend, [prefix, count]) => {
    const ids = Array.from({ length: Number(count) }, (_, index) => `${prefix}-${index}`);
    for (let start = 0; start < ids.length; start += 10)
      await backend.queue.add(ids.slice(start, start + 10));
    say(`added ${prefix}`);
  },
  /** `count tally 100`: adds one to a cell a hundred times, by compare-and-set. */
  count: async (backend, [name = "", times]) => {
    const cell = backend.cell(name);
    for (let left = Number(times); left > 0; ) {
      const { text } = await cell.read();
      if (await cell.swap(text, `${Number(text ?? 0) + 1}`)) left -= 1;
    }
    say(`counted ${name}`);
  },
  close: async (backend) => {
    await Promise.all(consumers.map((consumer) => consumer.close(1_000)));
    const startedAt = performance.now();
    await backend.close();
    say(`closed ${Math.round(performance.now() - startedAt)}`);
    process.stdin.destroy();
  },
};

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function serve(): Promise<void> {
  const startedAt = performance.now();
  const backend = await openEmbeddedBackend(taskSchema.parse(JSON.parse(process.argv[2] ?? "{}")));
  say(`open ${Math.round(performance.now() - startedAt)}`);
  for await (const line of createInterface({ input: process.stdin })) {
    const [name = "", ...words] = line.split(" ");
    void commands[name]?.(backend, words).catch((error: unknown) => say(`failed ${name} ${String(error)}`));
  }
}

await serve();
