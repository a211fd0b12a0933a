// One process of the suite: enqueues documents of 2 kB once and once more, lists and counts the batch, and prints what
// each took.
import { code, definePipeline } from "@sluice/core";
import { enqueue, openBackend } from "@sluice/worker";
import { z } from "zod";

const { home, redisUrl, runs } = JSON.parse(process.argv[2]);
const text = "An ordinary sentence of a document. ".repeat(55);
const pipeline = definePipeline({ name: "lengths", version: 1, input: z.object({ text: z.string() }) }).step(
  "length",
  code({ output: z.number(), run: ({ input }) => input.text.length }),
);

function* items() {
  for (let n = 0; n < runs; n++)
    yield { document: { id: null, name: `${n}.txt` }, input: { text: `${n} ${text}` } };
}

const seconds = async (work) => {
  const startedAt = performance.now();
  const result = await work();
  return { seconds: (performance.now() - startedAt) / 1_000, result };
};

const backend = await openBackend({ home, redisUrl });
await backend.queue.add([]);
const rssBefore = process.memoryUsage().rss;
const first = await seconds(() => enqueue(backend, { pipeline, items: items(), total: runs }));
const peakRssMb = process.resourceUsage().maxRSS / 1_024 - rssBefore / 1_024 / 1_024;
const again = await seconds(() => enqueue(backend, { pipeline, items: items(), total: runs }));
const { batchId } = first.result;
const list = await seconds(async () => {
  let listed = 0;
  for await (const _ of backend.runs.list({ batchId })) listed++;
  return listed;
});
const count = await seconds(() => backend.runs.countByStatus(batchId));
await backend.close();
if (list.result !== runs || count.result.queued !== runs || again.result.existing !== runs) {
  throw new Error("the numbers do not add up");
}
process.stdout.write(
  `${JSON.stringify({ first: first.seconds, again: again.seconds, list: list.seconds, count: count.seconds, peakRssMb })}\n`,
);
