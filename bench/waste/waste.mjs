import { startSimulator } from "@sluice/simulator";
import { hurryTimers } from "../hurry-timers.mjs";
import { markdownTable } from "../table.mjs";
import { askers } from "./askers.mjs";
import { faultTable } from "./fault-table.mjs";

/** A second of waiting takes a millisecond: what is counted is requests, not time. */
const HURRY = 1_000;

/** Asks under every row of the fault table, each time on a fresh account. */
export async function run({ say }) {
  hurryTimers(HURRY);
  // Once for nothing, so that no timeout is about loading code.
  for (const open of Object.values(askers)) await measure({ faults: [] }, open);
  const rows = [];
  for (const row of faultTable) {
    const results = {};
    for (const [name, open] of Object.entries(askers)) results[name] = await measure(row, open);
    rows.push({ name: row.name, questions: row.questions ?? 1, results });
    say(JSON.stringify(rows.at(-1)));
  }
  return { node: process.version, rows };
}

async function measure({ faults, model = "*", questions = 1, usedByOthers = 0 }, open) {
  const clock = new JumpingClock();
  const simulator = await startSimulator({ clock: () => clock.now() });
  try {
    simulator.script(model, ...faults);
    if (usedByOthers > 0) simulator.otherUsage(usedByOthers);
    const ask = open({ baseUrl: simulator.url, clock });
    const outcomes = [];
    for (let n = 0; n < questions; n++) outcomes.push(await outcomeOf(ask));
    const requests = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
    return { requests: requests.length, outcomes };
  } finally {
    await simulator.close();
  }
}

async function outcomeOf(ask) {
  try {
    await ask();
    return "ok";
  } catch (error) {
    return String(error.code ?? error.lc_error_code ?? error.name);
  }
}

/** Time of the client and the server: whoever sleeps moves it on. */
class JumpingClock {
  #now = Date.UTC(2026, 10, 22, 12);

  now() {
    return this.#now;
  }

  async sleep(ms, signal) {
    signal?.throwIfAborted();
    this.#now += Math.max(0, ms);
  }
}

/** Requests, and how the questions ended. */
export function render({ node, rows }) {
  const names = Object.keys(askers);
  const lines = rows.map(({ name, results }) => [
    name,
    ...names.map((asker) => `**${results[asker].requests}** ${summary(results[asker].outcomes)}`),
  ]);
  const totals = names.map((asker) => {
    const all = rows.map(({ results }) => results[asker]);
    const requests = all.reduce((sum, result) => sum + result.requests, 0);
    const answered = all.flatMap(({ outcomes }) => outcomes).filter((outcome) => outcome === "ok").length;
    return `**${requests}** for ${answered} answers`;
  });
  lines.push(["all rows", ...totals]);
  return `Node ${node}, requests per row, and how the questions ended\n\n${markdownTable(["fault", ...names], lines)}`;
}

function summary(outcomes) {
  return [...new Set(outcomes)].join(", ");
}
