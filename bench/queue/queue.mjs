import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startRedisServer } from "@sluice/worker/testing";
import { Redis } from "ioredis";
import { median } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";

const program = fileURLToPath(new URL("process.mjs", import.meta.url));
const CONCURRENCY = 50;
const LATENCY_RUNS = 220;

/** `floor` is raw BullMQ, `hand` the processor that one would write on it; ratios are taken against `hand`. */
const CASES = [
  { contender: "bull-noop", runs: 10_000 },
  { contender: "bull-three-steps", runs: 10_000 },
  { contender: "sluice", runs: 10_000 },
  { contender: "sluice", runs: 1_000 },
  { contender: "sluice", runs: 100_000 },
  { contender: "sluice-embedded", runs: 1_000 },
];

/** How fast runs of three steps with recorded outputs are worked off, and what that costs. */
export async function run({ rounds, say }) {
  const results = CASES.map((one) => ({ ...one, raw: [] }));
  for (let round = 0; round < rounds; round++) {
    for (const one of round % 2 === 0 ? results : results.toReversed()) {
      const measured = await measure(one);
      one.raw.push(measured);
      say(
        `round ${round + 1}: ${one.contender}, ${one.runs} runs: ${measured.runsPerSecond.toFixed(0)} runs/s`,
      );
    }
  }
  return { node: process.version, results };
}

/** Each in processes of its own, on an empty store. */
async function measure({ contender, runs }) {
  const home = await mkdtemp(join(tmpdir(), "sluice-bench-queue-"));
  const redis = contender === "sluice-embedded" ? undefined : await startRedisServer();
  if (redis === null) throw new Error("This suite needs redis-server on PATH.");
  const settings = { contender, home, redisUrl: redis?.url };
  try {
    await play({ ...settings, mode: "fill", runs });
    const redisBefore = await redisCpuMs(redis?.url);
    const drained = await play({ ...settings, mode: "drain", runs, concurrency: CONCURRENCY });
    const redisMs = (await redisCpuMs(redis?.url)) - redisBefore;
    const { samples } = await play({ ...settings, mode: "single", runs: LATENCY_RUNS });
    return {
      runsPerSecond: runs / drained.seconds,
      cpuMsPerRun: (drained.cpuMs + redisMs) / runs,
      redisMsPerRun: redisMs / runs,
      latencyMs: median(samples),
      coldStartMs: drained.coldStartMs,
      peakRssMb: drained.peakRssMb,
    };
  } finally {
    await redis?.stop();
    await rm(home, { recursive: true, force: true });
  }
}

async function play(task) {
  const { stdout } = await promisify(execFile)(process.execPath, [program, JSON.stringify(task)]);
  return JSON.parse(stdout);
}

async function redisCpuMs(url) {
  if (url === undefined) return 0;
  const admin = new Redis(url);
  const info = await admin.info("cpu");
  admin.disconnect();
  const seconds = (name) => Number(new RegExp(`^${name}:([\\d.]+)`, "m").exec(info)?.[1]);
  return (seconds("used_cpu_user") + seconds("used_cpu_sys")) * 1_000;
}

export function render({ results }) {
  const mid = ({ raw }, key) => median(raw.map((one) => one[key]));
  const hand = results.find(({ contender }) => contender === "bull-three-steps");
  const rows = results.map((one) => [
    one.contender,
    one.runs,
    `**${mid(one, "runsPerSecond").toFixed(0)}** (${one.raw.map(({ runsPerSecond }) => runsPerSecond.toFixed(0)).join(", ")})`,
    `${(mid(one, "runsPerSecond") / mid(hand, "runsPerSecond")).toFixed(2)}×`,
    mid(one, "cpuMsPerRun").toFixed(3),
    mid(one, "redisMsPerRun").toFixed(3),
    `${(mid(one, "cpuMsPerRun") / mid(hand, "cpuMsPerRun")).toFixed(2)}×`,
    mid(one, "latencyMs").toFixed(2),
    mid(one, "coldStartMs").toFixed(0),
    mid(one, "peakRssMb").toFixed(0),
  ]);
  const head = [
    "contender",
    "queued",
    "runs/s",
    "of hand-written",
    "CPU ms a run, all",
    "of it Redis",
    "of hand-written",
    "ms of one run, idle (p50)",
    "ms to the first run's end",
    "MB at most",
  ];
  return markdownTable(head, rows);
}
