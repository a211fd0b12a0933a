import { BatchPlanner, openRouter } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import { createRegistry, enqueue, openBackend, startWorker, watchBatch } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { markdownTable } from "../table.mjs";
import { randomBatches } from "./batches.mjs";

const BATCHES = 20;
const SEED = 7;
/** OpenRouter's own limits, but for the day. */
const RULES = { perMinute: 20, perDay: 5_000 };
const LATENCY = { minMs: 1_000, maxMs: 3_000 };
/** So many batches are worked off side by side, each on an account of its own. */
const LANES = 10;
const WITHIN = 0.1;

/** Plans random batches, runs them with workers, and holds the plans against the requests that arrived. */
export async function run({ say }) {
  const redis = await startRedisServer(undefined, ["--databases", String(BATCHES)]);
  if (redis === null) throw new Error("This suite needs redis-server on PATH.");
  try {
    const rows = [];
    const left = [...randomBatches(BATCHES, SEED).entries()];
    const lane = async () => {
      for (let next = left.shift(); next; next = left.shift()) {
        const [index, batch] = next;
        rows.push({ batch: index + 1, ...(await measure(batch, `${redis.url}/${index}`)) });
        say(JSON.stringify(rows.at(-1)));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    rows.sort((a, b) => a.batch - b.batch);
    return { node: process.version, rows, within: rows.filter(({ off }) => Math.abs(off) <= WITHIN).length };
  } finally {
    await redis.stop();
  }
}

async function measure(batch, redisUrl) {
  const { pipeline, concurrency, texts, seen } = batch;
  const limits = { perMinute: 1_000_000, perDay: RULES.perDay };
  const simulator = await startSimulator({ latency: LATENCY, limits, keepBodies: false });
  const backend = await openBackend({ redisUrl, ephemeral: true });
  const cell = (name) => backend.cell(name);
  const models = openRouter({
    apiKey: "k",
    baseUrl: simulator.url,
    rules: RULES,
    cell,
    cache: backend.cache,
  });
  const registry = createRegistry([pipeline]);
  const worker = await startWorker({ backend, registry, models, ledger: models.ledger, concurrency });
  const work = async (items) => {
    const { batchId, total } = await enqueue(backend, { pipeline, items, total: items.length });
    for await (const _ of watchBatch(backend, { id: batchId, total }));
  };
  try {
    // An account that has done such work before: it knows how quick its models are and how long their answers.
    await work(itemsOf(seen));
    const requests = () => simulator.journal.filter(({ path }) => path.endsWith("/chat/completions")).length;
    const before = requests();
    const items = itemsOf(texts);
    const planner = new BatchPlanner({ pipeline, models, outlook: await models.outlook(), concurrency });
    for (const item of items) await planner.add(item);
    const planned = planner.plan().requests.max;
    if (requests() > before) throw new Error("To plan has sent a request");
    await work(items);
    const spent = requests() - before;
    const { kind, pack } = batch;
    return {
      kind,
      pack,
      concurrency,
      documents: texts.length,
      planned,
      spent,
      off: (planned - spent) / spent,
    };
  } finally {
    await worker.close();
    await backend.close();
    await simulator.close();
  }
}

function itemsOf(texts) {
  return texts.map((text, n) => ({ document: { id: text, name: `${n}.txt` }, input: { text } }));
}

/** The batches, and how many plans were near enough. */
export function render({ node, rows, within }) {
  const head = ["batch", "steps", "packed", "documents", "at work", "planned", "spent", "off"];
  const lines = rows.map(({ batch, kind, pack, documents, concurrency, planned, spent, off }) => [
    batch,
    kind,
    pack ? "yes" : "no",
    documents,
    concurrency,
    `**${planned}**`,
    `**${spent}**`,
    `${off > 0 ? "+" : ""}${(off * 100).toFixed(1)} %`,
  ]);
  const all = (key) => rows.reduce((sum, row) => sum + row[key], 0);
  return [
    `Node ${node}, ${rows.length} random batches: requests that were planned and that arrived`,
    "",
    markdownTable(head, lines),
    `${within} of ${rows.length} plans within ${WITHIN * 100} %; all together ${all("planned")} planned, ${all("spent")} spent.`,
    "",
  ].join("\n");
}
