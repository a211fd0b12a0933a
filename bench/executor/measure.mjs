// node bench/executor/measure.mjs NAME SECONDS: runs one contender in this process, prints {"usPerRun", "runs"}
import { contenders } from "./contenders.mjs";

const [name = "", seconds = "1"] = process.argv.slice(2);
const run = await contenders[name]();

/** Runs until the time is over, looking at the clock every so often. */
async function runFor(milliseconds) {
  const startedAt = performance.now();
  let runs = 0;
  do {
    for (let n = 0; n < 20; n++) {
      const { c } = await run(runs);
      if (c !== 3 * (runs + 1)) throw new Error(`${name} gave ${c} for ${runs}`);
      runs++;
    }
  } while (performance.now() - startedAt < milliseconds);
  return { runs, usPerRun: (1_000 * (performance.now() - startedAt)) / runs };
}

await runFor(500);
process.stdout.write(JSON.stringify(await runFor(Number(seconds) * 1_000)));
