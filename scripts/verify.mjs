// Everything that CI checks, in order, cheapest first. Stops at the first failure.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root, run, runTool } from "./run.mjs";

const reportDir = mkdtempSync(join(tmpdir(), "sluice-verify-"));
const report = join(reportDir, "tests.json");

const steps = [
  ["install and build", () => run(process.execPath, [`${root}scripts/setup.mjs`])],
  ["format and lint", () => runTool("biome", ["ci", "."])],
  ["types", () => runTool("tsc", ["-b"])],
  ["unused code", () => runTool("knip", [])],
  [
    "tests",
    () => runTool("vitest", ["run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`]),
  ],
];

let failed;
for (const [name, step] of steps) {
  console.log(`\n▸ ${name}`);
  if (!step()) {
    failed = name;
    break;
  }
}

printTotals();
rmSync(reportDir, { recursive: true, force: true });
if (failed) console.error(`verify: "${failed}" failed`);
process.exit(failed ? 1 : 0);

function printTotals() {
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(report, "utf8"));
    console.log(`\ntests: ${numPassedTests} passed, ${numFailedTests} failed, ${numPendingTests} skipped`);
  } catch {
    console.log("\nno test was run");
  }
}
