import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";
import { contenders } from "./contenders.mjs";

const MEASURE = fileURLToPath(new URL("measure.mjs", import.meta.url));
const MAX_SECONDS = 3;

/** Microseconds for a three-step run in process: fresh processes, interleaved, every second round in reverse. */
export async function run({ rounds, seconds, say }) {
  const names = Object.keys(contenders);
  const raw = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) {
      const { stdout } = await promisify(execFile)(process.execPath, [
        MEASURE,
        name,
        String(Math.min(seconds, MAX_SECONDS)),
      ]);
      const { usPerRun } = JSON.parse(stdout);
      raw[name].push(usPerRun);
      say(`round ${round + 1}: ${name}: ${usPerRun.toFixed(2)} µs`);
    }
  }
  return { node: process.version, usPerRun: raw };
}

export function render({ usPerRun }) {
  const floor = median(usPerRun["bare async chain"]);
  const rows = Object.entries(usPerRun).map(([name, values]) => [
    name,
    `**${median(values).toFixed(2)}** (${values.map((value) => value.toFixed(2)).join(", ")})`,
    `${(median(values) - floor).toFixed(2)}`,
  ]);
  return markdownTable(["three-step run in process", "µs", "µs over the bare chain"], rows);
}
