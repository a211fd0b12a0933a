// npm run torture -- --seed N --seconds S: kills, suspends, restarts and spoils at random, heals, and checks that
// nothing was lost. The seed chooses the deeds; what they meet depends on the machine.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { root } from "./run.mjs";

const { values } = parseArgs({
  options: { seed: { type: "string", default: "1" }, seconds: { type: "string", default: "60" } },
});
const { status } = spawnSync(
  process.execPath,
  ["node_modules/vitest/vitest.mjs", "run", "packages/worker/test/faults/torture.test.ts"],
  {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, SLUICE_TORTURE_SEED: values.seed, SLUICE_TORTURE_SECONDS: values.seconds },
  },
);
process.exitCode = status ?? 1;
