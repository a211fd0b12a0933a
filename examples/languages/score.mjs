// @ts-check
// node score.mjs RESULTS.jsonl: compares the results of a batch with gold.json.
import { readFile } from "node:fs/promises";
import { parseGold, parseRuns, renderScore, score } from "./scoring.js";

const resultsPath = process.argv[2];
if (resultsPath === undefined) {
  process.stderr.write("Name the results file: node examples/languages/score.mjs results.jsonl\n");
  process.exitCode = 2;
} else {
  const gold = parseGold(await readFile(new URL("gold.json", import.meta.url), "utf8"));
  const runs = parseRuns(await readFile(resultsPath, "utf8"));
  process.stdout.write(renderScore(score(gold, runs)));
}
