import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { median } from "../statistics.mjs";
import { markdownTable } from "../table.mjs";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const TSC = join(ROOT, "node_modules/.bin/tsc");
const SIZES = [0, 50, 200];

/** How long the compiler takes for a pipeline of so many steps, each of which uses the one before. */
export async function run({ rounds, say }) {
  // Inside the repository, so that the packages are found.
  const folder = await mkdtemp(join(ROOT, "node_modules/.cache-bench-types-"));
  const raw = Object.fromEntries(SIZES.map((steps) => [steps, []]));
  try {
    for (const steps of SIZES) await writeProgram(folder, steps);
    for (let round = 0; round < rounds; round++) {
      for (const steps of round % 2 === 0 ? SIZES : SIZES.toReversed()) {
        const result = await check(folder, steps);
        raw[steps].push(result);
        say(`round ${round + 1}: ${steps} steps: ${result.seconds.toFixed(2)} s`);
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { node: process.version, results: raw };
}

async function writeProgram(folder, steps) {
  const lines = Array.from({ length: steps }, (_, index) => `  .step("s${index}", ${stepSource(index)})`);
  const source = [
    'import { code, definePipeline, llm } from "@sluice/core";',
    'import { z } from "zod";',
    'export const pipeline = definePipeline({ name: "big", version: 1, input: z.object({ text: z.string() }) })',
    `${lines.join("\n")};`,
  ];
  await writeFile(join(folder, `steps${steps}.ts`), source.join("\n"));
  const options = { extends: join(ROOT, "tsconfig.base.json"), files: [`steps${steps}.ts`] };
  const compilerOptions = {
    noEmit: true,
    composite: false,
    rewriteRelativeImportExtensions: false,
    noUnusedLocals: false,
  };
  await writeFile(join(folder, `${steps}.json`), JSON.stringify({ ...options, compilerOptions }));
}

function stepSource(index) {
  const before = index === 0 ? "1" : `steps.s${index - 1}.v${index - 1}`;
  const output = `z.object({ v${index}: z.number(), note: z.string().nullable() })`;
  return index % 2 === 0
    ? `llm({ output: ${output}, prompt: ({ input, steps }) => input.text + String(${index === 0 ? "steps" : before}) })`
    : `code({ output: ${output}, run: ({ steps }) => ({ v${index}: ${before} + 1, note: null }) })`;
}

async function check(folder, steps) {
  const project = join(folder, `${steps}.json`);
  const { stdout } = await promisify(execFile)(TSC, ["-p", project, "--extendedDiagnostics"]);
  return {
    seconds: Number(/Total time:\s*([\d.]+)s/.exec(stdout)?.[1]),
    instantiations: Number(/Instantiations:\s*(\d+)/.exec(stdout)?.[1]),
  };
}

export function render({ results }) {
  const rows = Object.entries(results).map(([steps, measured]) => {
    const seconds = measured.map((one) => one.seconds);
    const raw = seconds.map((value) => value.toFixed(2)).join(", ");
    return [steps, `**${median(seconds).toFixed(2)}** (${raw})`, measured[0]?.instantiations ?? "–"];
  });
  return markdownTable(["steps", "seconds of the compiler", "type instantiations"], rows);
}
