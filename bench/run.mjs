// node bench/run.mjs enqueue|executor|packing|plan|queue|quota|types|waste [--seconds N] [--rounds N] [--json]
import { parseArgs } from "node:util";

const suites = {
  enqueue: () => import("./enqueue/enqueue.mjs"),
  executor: () => import("./executor/executor.mjs"),
  packing: () => import("./packing/packing.mjs"),
  queue: () => import("./queue/queue.mjs"),
  plan: () => import("./plan/plan.mjs"),
  quota: () => import("./quota/quota.mjs"),
  types: () => import("./types/types.mjs"),
  waste: () => import("./waste/waste.mjs"),
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: "string", default: "18" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean", default: false },
  },
});
const load = suites[positionals[0]];

if (load) {
  const { run, render } = await load();
  const options = { seconds: Number(values.seconds), rounds: Number(values.rounds) };
  const result = await run({ ...options, say: (line) => process.stderr.write(`${line}\n`) });
  process.stdout.write(values.json ? `${JSON.stringify(result, null, 2)}\n` : render(result));
} else {
  process.stderr.write(
    `Usage: node bench/run.mjs ${Object.keys(suites).join("|")} [--seconds N] [--rounds N] [--json]\n`,
  );
  process.exitCode = 2;
}
