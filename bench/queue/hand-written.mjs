// What one would write on BullMQ by hand: a job without steps, and a processor that saves three outputs in a hash.
import { Queue, Worker } from "bullmq";
import { Redis } from "ioredis";

const PREFIX = "{bench}";

/** BullMQ's own defaults but for what the other contenders do as well. */
export async function handWritten({ redisUrl, steps }) {
  const client = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = new Queue("runs", { connection: client, prefix: PREFIX });
  const outputs = (id) => `${PREFIX}:outputs:${id}`;

  async function work({ name, data }) {
    const recorded = await client.hgetall(outputs(name));
    let value = data.text;
    for (const [step, run] of Object.entries(steps)) {
      value = recorded[step] ?? JSON.stringify(run(value));
      if (recorded[step] === undefined) await client.hset(outputs(name), step, value);
      value = JSON.parse(value);
    }
  }

  return {
    async add(texts) {
      const jobs = texts.map((text, n) => ({
        name: `${Date.now()}-${n}-${text.slice(0, 12)}`,
        data: { text },
        opts: { removeOnComplete: true },
      }));
      await queue.addBulk(jobs);
    },
    async consume(concurrency, onDone) {
      const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
      const processor = Object.keys(steps).length > 0 ? work : async () => {};
      const worker = new Worker("runs", processor, { connection, prefix: PREFIX, concurrency });
      worker.on("completed", onDone);
      await worker.waitUntilReady();
      return async () => {
        await worker.close();
        connection.disconnect();
      };
    },
    async close() {
      await queue.close();
      client.disconnect();
    },
  };
}
