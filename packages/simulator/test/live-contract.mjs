// Compares the live service with the simulator, by hand: `OPENROUTER_API_KEY=… node test/live-contract.mjs`.
// Reads `/models` and `/key`, which cost nothing of the quota. `--spend` sends one chat completion as well.
// Run `tsc -b packages/simulator` first: the simulator is taken from `dist`.
import process from "node:process";
import { startSimulator } from "../dist/index.js";

const COMPLETION = {
  model: "openrouter/free",
  messages: [{ role: "user", content: "Say yes." }],
  max_tokens: 64,
  provider: { max_price: { prompt: 0, completion: 0, request: 0, image: 0 } },
  plugins: [{ id: "web", enabled: false }],
};

const key = process.env.OPENROUTER_API_KEY;
if (!key) {
  process.stderr.write("Set OPENROUTER_API_KEY to the key of the account to compare with.\n");
  process.exit(2);
}
const live = process.env.OPENROUTER_BASE_URL ?? "https://openrouter.ai/api/v1";
const simulator = await startSimulator();
const asked = ["/models", "/key", ...(process.argv.includes("--spend") ? ["/chat/completions"] : [])];

let differing = 0;
for (const path of asked) {
  const lines = compare(shapeOf(await ask(live, path)), shapeOf(await ask(simulator.url, path)));
  differing += lines.length;
  process.stdout.write(`${path}: ${lines.length === 0 ? "the same" : `${lines.length} differences`}\n`);
  for (const line of lines) process.stdout.write(`  ${line}\n`);
}
await simulator.close();
process.exitCode = differing === 0 ? 0 : 1;

async function ask(base, path) {
  const isPost = path === "/chat/completions";
  const response = await fetch(`${base}${path}`, {
    method: isPost ? "POST" : "GET",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json" },
    ...(isPost ? { body: JSON.stringify(COMPLETION) } : {}),
    signal: AbortSignal.timeout(180_000),
  });
  return { status: response.status, body: JSON.parse((await response.text()).trim()) };
}

/** Every path in a value with the types seen there; the elements of an array share their paths. */
function shapeOf(value, path = "", shape = new Map()) {
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  shape.set(path, (shape.get(path) ?? new Set()).add(path === ".status" ? value : type));
  if (type === "array") for (const item of value) shapeOf(item, `${path}[]`, shape);
  if (type === "object") {
    for (const [name, field] of Object.entries(value)) shapeOf(field, `${path}.${name}`, shape);
  }
  return shape;
}

/** Paths only one side has, and types the simulator never gives; null says nothing about a type. */
function compare(liveShape, simulatedShape) {
  const lines = [];
  for (const [path, types] of liveShape) {
    const simulated = simulatedShape.get(path);
    if (simulated === undefined) lines.push(`only live: ${path} (${[...types].join(", ")})`);
    else if (!simulated.has("null")) {
      const unknown = [...types].filter((type) => type !== "null" && !simulated.has(type));
      if (unknown.length > 0)
        lines.push(`live is ${unknown.join(", ")}, simulated ${[...simulated].join(", ")}: ${path}`);
    }
  }
  for (const path of simulatedShape.keys()) if (!liveShape.has(path)) lines.push(`only simulated: ${path}`);
  return lines.sort();
}
