import { z } from "zod";
import { openEmbeddedBackend } from "../backends/embedded/embedded-backend.ts";
import { openRedisBackend } from "../backends/redis/redis-backend.ts";
import type { Backend } from "./backend.ts";

const taskSchema = z.object({
  opener: z.discriminatedUnion("kind", [
    z.object({ kind: z.literal("redis"), url: z.string(), prefix: z.string() }),
    z.object({ kind: z.literal("embedded"), home: z.string() }),
  ]),
  runIds: z.array(z.string()),
});
type Task = z.infer<typeof taskSchema>;

const SHORT_LOCK = { durationMs: 1_000, stalledMs: 500 };

function open({ opener }: Task): Promise<Backend> {
  if (opener.kind === "redis") return openRedisBackend({ ...opener, lock: SHORT_LOCK });
  return openEmbeddedBackend({ home: opener.home, lock: SHORT_LOCK });
}

/** A program for the crash test: takes a run, says so, and works on it until it is killed. */
async function consumeForEver(task: Task): Promise<void> {
  const backend = await open(task);
  await backend.queue.add(task.runIds);
  await backend.queue.consume({
    concurrency: 1,
    process: (runId) => {
      process.stdout.write(`taken ${runId}\n`);
      return new Promise(() => {});
    },
    onError: () => {},
  });
}

await consumeForEver(taskSchema.parse(JSON.parse(process.argv[2] ?? "{}")));
