// The same work as a pipeline of Sluice.
import { code, definePipeline, openRouter } from "@sluice/core";
import { createRegistry, enqueue, openBackend, startWorker } from "@sluice/worker";
import { z } from "zod";

export async function sluice({ home, redisUrl, steps }) {
  const backend = await openBackend({ home, redisUrl });
  const [first, second, third] = Object.entries(steps);
  const pipeline = definePipeline({ name: "trivial", version: 1, input: z.object({ text: z.string() }) })
    .step(first[0], code({ output: z.unknown(), run: ({ input }) => first[1](input.text) }))
    .step(second[0], code({ output: z.unknown(), run: ({ steps: done }) => second[1](done[first[0]]) }))
    .step(third[0], code({ output: z.unknown(), run: ({ steps: done }) => third[1](done[second[0]]) }));
  return {
    async add(texts) {
      const items = texts.map((text) => ({ document: { id: null, name: "a.txt" }, input: { text } }));
      await enqueue(backend, { pipeline, items, total: items.length });
    },
    async consume(concurrency, onDone) {
      const worker = await startWorker({
        backend,
        registry: createRegistry([pipeline]),
        models: openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" }),
        concurrency,
        onEvent: ({ type }) => {
          if (type === "run.completed") onDone();
          if (type === "run.failed") throw new Error("a run has failed");
        },
      });
      return () => worker.close();
    },
    close: () => backend.close(),
  };
}
