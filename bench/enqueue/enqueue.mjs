import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startRedisServer } from "@sluice/worker/testing";
import { median } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";

const program = fileURLToPath(new URL("enqueuer.mjs", import.meta.url));
const CASES = [
  { name: "redis", runs: 10_000 },
  { name: "redis", runs: 100_000 },
  { name: "embedded", runs: 10_000 },
];

/** How long it takes to enqueue many documents, to enqueue them again, and to list and count their batch. */
export async function run({ rounds, say }) {
  const results = CASES.map((one) => ({ ...one, raw: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? results : results.toReversed()) {
      const measured = await measure(one);
      one.raw.push(measured);
      say(`round ${round + 1}: ${one.name}, ${one.runs} runs: ${measured.first.toFixed(2)} s`);
    }
  }
  return { node: process.version, results };
}

/** Each in a process of its own, on an empty store. */
async function measure({ name, runs }) {
  const home = await mkdtemp(join(tmpdir(), "sluice-bench-enqueue-"));
  const redis = name === "redis" ? await startRedisServer() : undefined;
  if (redis === null) throw new Error("This suite needs redis-server on PATH.");
  try {
    const task = JSON.stringify({ home, redisUrl: redis?.url, runs });
    const { stdout } = await promisify(execFile)(process.execPath, [program, task]);
    return JSON.parse(stdout);
  } finally {
    await redis?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

export function render({ results }) {
  const head = [
    "backend",
    "runs",
    "s to enqueue",
    "s to enqueue again",
    "s to list",
    "ms to count",
    "MB over the start",
  ];
  const rows = results.map(({ name, runs, raw }) => {
    const mid = (pick) => median(raw.map(pick));
    const all = raw.map(({ first }) => first.toFixed(2)).join(", ");
    return [
      name,
      runs,
      `**${mid(({ first }) => first).toFixed(2)}** (${all})`,
      mid(({ again }) => again).toFixed(2),
      mid(({ list }) => list).toFixed(2),
      mid(({ count }) => count * 1_000).toFixed(1),
      mid(({ peakRssMb }) => peakRssMb).toFixed(0),
    ];
  });
  return markdownTable(head, rows);
}
