import { isDeepStrictEqual } from "node:util";
import { openRouter, runPipeline } from "@sluice/core";
import { packedItemIds, startSimulator } from "@sluice/simulator";
import { median } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";
import { corpora } from "./corpora.mjs";

/** Runs at the same time, as a worker has where a pipeline packs. */
const CONCURRENCY = 128;

/** Requests of the account's day. */
const PER_DAY = 50;

/** Documents at hand: more than a day's requests can be about. */
const DOCUMENTS = 1_600;

/** The free tier as it is: 20 requests in a minute, and answers after 2 to 6 seconds. */
const rules = { perMinute: 20, perDay: PER_DAY, reserve: 0 };
const server = { limits: { perMinute: 20, perDay: PER_DAY }, latency: { minMs: 2_000, maxMs: 6_000 } };

/** What goes wrong: shares of requests, and of the items in them. */
const scenarioOf = (seed) => ({
  name: "packing",
  faults: [],
  seed,
  rates: [
    { fault: { kind: "truncated" }, probability: 0.03 },
    { fault: { kind: "prose" }, probability: 0.03 },
  ],
  packs: { dropShare: 0.05, contradictShare: 0.01, repeatShare: 0.02 },
});

/**
 * Works on each corpus for some days of an account, one document per request and packed, under the same faults. The days
 * differ in what goes wrong when, and run side by side: what is counted is requests.
 */
export async function run({ rounds, say }) {
  const days = Array.from({ length: rounds }, (_, day) => day + 1);
  const results = await Promise.all(
    corpora.map(async (corpus) => {
      const [alone, packed] = await Promise.all(
        [false, true].map((pack) => Promise.all(days.map((seed) => measure(corpus, { pack, seed })))),
      );
      const truth = await truthOf(corpus, Math.max(...packed.map(({ outputs }) => outputs.size)));
      const { name, target } = corpus;
      const [one, many] = [alone, packed].map((all) => all.map((day) => judged(day, truth)));
      const result = { name, target, unlikeConstruction: truth.wrong, alone: one, packed: many };
      say(JSON.stringify(result));
      return result;
    }),
  );
  return { node: process.version, scenario: scenarioOf(0), results };
}

/** One day: as many documents as its requests are enough for. */
async function measure(corpus, { pack, seed }) {
  const simulator = await startSimulator({ ...server, scenario: scenarioOf(seed) });
  try {
    const models = openRouter({ apiKey: "bench", baseUrl: simulator.url, rules });
    const { outputs, codes } = await workOff(corpus.documents(DOCUMENTS), corpus.pipeline(pack), models);
    const requests = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
    const sizes = requests.map((entry) => Math.max(1, packedItemIds(entry).length));
    return { outputs, codes, requests: requests.length, sizes };
  } finally {
    await simulator.close();
  }
}

/** Runs the pipeline on the documents in order until the day is spent, and gives what came out by the document's number. */
async function workOff(documents, pipeline, models) {
  const outputs = new Map();
  const codes = {};
  const waiting = documents.map(({ text }, n) => ({ text, n }));
  let isOpen = true;
  const work = async () => {
    for (let next = waiting.shift(); next && isOpen; next = waiting.shift()) {
      try {
        const { output } = await runPipeline(pipeline, { text: next.text }, { models });
        outputs.set(next.n, output);
      } catch (error) {
        codes[error.code] = (codes[error.code] ?? 0) + 1;
        if (error.code === "QUOTA_CLOSED") isOpen = false;
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, work));
  return { outputs, codes };
}

/** What the same documents come to one by one on a server without faults and limits. */
async function truthOf(corpus, count) {
  const limits = { perMinute: 100_000, perDay: 100_000 };
  const simulator = await startSimulator({ limits });
  try {
    const models = openRouter({ apiKey: "bench", baseUrl: simulator.url, rules: { ...limits, gapMs: 0 } });
    const documents = corpus.documents(DOCUMENTS).slice(0, count + CONCURRENCY);
    const { outputs } = await workOff(documents, corpus.pipeline(false), models);
    const wrong = documents.filter(({ right }, n) => !isDeepStrictEqual(outputs.get(n), right)).length;
    return { outputs, wrong, documents: documents.length };
  } finally {
    await simulator.close();
  }
}

function judged({ outputs, codes, requests, sizes }, truth) {
  const wrong = [...outputs].filter(([n, output]) => !isDeepStrictEqual(output, truth.outputs.get(n))).length;
  return { completed: outputs.size, requests, wrong, sizes, codes };
}

/** A row for each corpus. */
export function render({ node, results }) {
  const head = [
    ...["corpus", "one per request", "packed", "times", "target"],
    ...["items a request: median, mean, most", "asked again", "wrong answers"],
  ];
  const rows = results.map(({ name, target, alone, packed }) => {
    const sizes = packed.flatMap((day) => day.sizes);
    const asked = sum(sizes);
    return [
      name,
      perDay(alone),
      perDay(packed),
      `**${(median(rates(packed)) / median(rates(alone))).toFixed(1)}**`,
      `${target}`,
      `${median(sizes)}, ${(asked / sizes.length).toFixed(1)}, ${Math.max(...sizes)}`,
      `${((100 * (asked - sum(packed.map(({ completed }) => completed)))) / asked).toFixed(1)} %`,
      `${sum([...alone, ...packed].map(({ wrong }) => wrong))}`,
    ];
  });
  const title = `Node ${node}, documents completed with ${PER_DAY} requests, ${CONCURRENCY} runs at the same time`;
  return `${title}\n\n${markdownTable(head, rows)}`;
}

/** Documents completed for each day's worth of requests. */
function rates(days) {
  return days.map(({ completed, requests }) => Math.round((completed * PER_DAY) / requests));
}

function perDay(days) {
  return `**${median(rates(days))}** (${rates(days).join(", ")})`;
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}
