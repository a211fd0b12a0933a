import { fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startSimulator } from "@sluice/simulator";
import { startRedisServer } from "@sluice/worker/testing";
import { median, quantile } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";
import { ledgerRules, settings } from "./settings.mjs";
import { shareOfCeiling } from "./share-of-ceiling.mjs";

const program = fileURLToPath(new URL("worker.mjs", import.meta.url));
const disciplines = ["ledger", "langchain", "first-hit"];
const windowKinds = ["fixed", "sliding"];

/** Runs everybody against both kinds of window, in turn, with fresh processes each time. */
export async function run({ seconds, rounds, say }) {
  const runs = [];
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? disciplines : disciplines.toReversed();
    for (const windowKind of windowKinds) {
      for (const discipline of order) {
        const measured = await measure({ discipline, windowKind, seconds });
        runs.push({ round, discipline, windowKind, ...measured });
        say(JSON.stringify(runs.at(-1)));
      }
    }
  }
  return { node: process.version, seconds, settings, ledgerRules, runs };
}

async function measure({ discipline, windowKind, seconds }) {
  const redis = await startRedisServer();
  if (redis === null) throw new Error("bench quota needs redis-server on PATH.");
  const simulator = await startAccount(windowKind);
  const warmUp = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
  const where = { baseUrl: simulator.url, warmUpUrl: warmUp.url, redisUrl: redis.url };
  const workers = startWorkers({ discipline, ...where });
  try {
    await tellAll(workers, undefined, "ready");
    await untilNextMinute();
    for (const worker of workers) worker.send("start");
    await sleep(seconds * 1_000);
    const endedAt = Date.now();
    return summarize(simulator.journal, { endedAt, reports: await tellAll(workers, "stop", "report") });
  } finally {
    for (const worker of workers) worker.kill("SIGKILL");
    await Promise.all([simulator.close(), warmUp.close()]);
    await redis.stop();
  }
}

function startAccount(windowKind) {
  const { perMinute, minuteMs, answerMs } = settings;
  const limits = { perMinute, perDay: 1_000_000 };
  return startSimulator({ limits, minuteMs, windowKind, latency: answerMs, keepBodies: false });
}

/** Runs begin with a minute of the server, so that a run of whole minutes holds no part of another one. */
function untilNextMinute() {
  const { minuteMs } = settings;
  return sleep(minuteMs - (Date.now() % minuteMs));
}

function startWorkers(where) {
  const { processes, skewMs } = settings;
  return Array.from({ length: processes }, (_, index) => {
    const skew = Math.round(((2 * index) / (processes - 1) - 1) * skewMs);
    return fork(program, [JSON.stringify({ ...where, skewMs: skew })]);
  });
}

/** Sends a message to every worker and waits for the answer of each. */
function tellAll(workers, message, answer) {
  return Promise.all(
    workers.map(async (worker) => {
      const exited = once(worker, "exit").then(() => {
        throw new Error("A worker of the benchmark ended before it had reported.");
      });
      if (message !== undefined) worker.send(message);
      const [report] = await Promise.race([once(worker, "message"), exited]);
      if (report.type !== answer) throw new Error(`Expected ${answer}, got ${report.type}.`);
      return report;
    }),
  );
}

function summarize(journal, { endedAt, reports }) {
  const asked = journal.filter(({ path, at }) => path.endsWith("/chat/completions") && at < endedAt);
  const accepted = asked.filter(({ status }) => status === 200).map(({ at }) => at);
  const lateness = reports.flatMap(({ latenessMs = [] }) => latenessMs);
  const failures = reports.flatMap((report) => report.failures);
  const calls = reports.reduce((sum, { ledgerCalls = 0 }) => sum + ledgerCalls, 0);
  return {
    sent: asked.length,
    accepted: accepted.length,
    rejected: asked.filter(({ status }) => status === 429).length,
    failedCalls: failures.length,
    failures: [...new Set(failures)].slice(0, 3),
    share: rounded(shareOfCeiling(accepted, { ...settings, endedAt }), 3),
    wakeUps: lateness.length,
    latenessP50Ms: rounded(median(lateness), 1),
    latenessP95Ms: rounded(quantile(lateness, 0.95), 1),
    callsPerPermit: rounded(calls / asked.length, 1),
  };
}

function rounded(value, digits) {
  return Number.isFinite(value) ? Number(value.toFixed(digits)) : null;
}

/** Medians, and beside them the values of each round. */
export function render({ node, seconds, runs }) {
  const columns = {
    "requests sent": "sent",
    accepted: "accepted",
    "self-inflicted 429": "rejected",
    "failed calls": "failedCalls",
    "share of the ceiling": "share",
    "late p50 ms": "latenessP50Ms",
    "late p95 ms": "latenessP95Ms",
    "Redis calls per request": "callsPerPermit",
  };
  const rows = windowKinds.flatMap((windowKind) =>
    disciplines.map((discipline) => {
      const own = runs.filter((one) => one.discipline === discipline && one.windowKind === windowKind);
      return [
        `${discipline}, ${windowKind}`,
        ...Object.values(columns).map((key) => cellOf(own.map((one) => one[key]))),
      ];
    }),
  );
  const head = ["client, server's window", ...Object.keys(columns)];
  return `Node ${node}, ${seconds} s a run, median (each round)\n\n${markdownTable(head, rows)}`;
}

function cellOf(values) {
  if (values.every((value) => value === null)) return "–";
  return `**${median(values)}** (${values.join(", ")})`;
}
