import { testCatalogue } from "@sluice/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CommandKey, commands } from "../src/commands/all.ts";
import { type CallOutcome, call } from "./call.ts";
import { type EchoingProvider, json, startEchoingProvider } from "./echoing-provider.ts";
import { type Folder, makeFolder, titlesConfig } from "./folder.ts";

/** What a document, a model, a server or a file name may hold to move the cursor, hide text or forge a line. */
const CORPUS = [
  ...[
    "\u001b[2J",
    "\u001b[31;1m",
    "\u001b[8m",
    "\u001b]8;;http://evil.test\u0007here\u001b]8;;\u0007",
    "\u001bc",
  ],
  ...[
    "\u009b2J",
    "\u009d0;title\u009c",
    "\u0085",
    "\u0000",
    "\u0007",
    "\b\b\b",
    "\u007f",
    "\u000e",
    "\f",
    "\v",
  ],
  ...[
    "\u202e",
    "\u2066",
    "\u2069",
    "\u200e",
    "\u200b",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u2028",
    "\u2029",
    "\u{e0041}",
  ],
  ...["\rFORGED by CR", "\nFORGED by LF", "\r\nFORGED by CRLF"],
].join("x");

const FILE = `in/bad${CORPUS.replaceAll("\u0000", "").replaceAll("/", "")}.txt`;
const ODD_MODEL = `evil/odd${CORPUS}-900b:free`;
const quoted = JSON.stringify(CORPUS);

const config = titlesConfig("PIPELINES")
  .replace(
    "export default defineConfig({ pipelines: [titles], PIPELINES });",
    `
const hostile = ${quoted};
const forge = definePipeline({ name: "forge", version: 1, description: hostile, input: z.object({ text: z.string() }) })
  .step("tell", code({ output: z.any(), run: ({ input, log }) => {
    log(hostile, { [hostile]: hostile });
    return { [hostile]: hostile, text: input.text };
  } }))
  .step("check", code({ output: z.any(), run: ({ input, steps }) => {
    if (input.text.includes("bad")) throw new Error(hostile);
    return steps.tell;
  } }));
const payments = definePipeline({ name: "payments", version: 1, input: z.object({ text: z.string() }) })
  .step("release", approve({ decision: z.object({ note: z.string().meta({ description: hostile }) }), question: ({ input }) => hostile + input.text }));
export default defineConfig({ pipelines: [titles, forge, payments], quota: { perMinute: 900, perDay: 900 } });
`,
  )
  .replace("defineConfig, definePipeline, llm", "approve, code, defineConfig, definePipeline, llm");

let folder: Folder;
let provider: EchoingProvider;

beforeAll(async () => {
  provider = await startEchoingProvider({
    "deed-forge": (response) =>
      json(response, 400, {
        error: { code: 400, message: CORPUS, metadata: { error_type: "invalid_request" } },
      }),
    "deed-inside": (response) =>
      json(response, 200, {
        error: { code: 400, message: CORPUS, metadata: { error_type: "invalid_request" } },
      }),
  });
  const [like] = testCatalogue();
  if (!like) throw new Error("there is no model");
  provider.simulator.setCatalogue([
    ...testCatalogue(),
    { ...like, id: ODD_MODEL, canonical_slug: ODD_MODEL, name: CORPUS },
  ]);
  folder = await makeFolder({
    "sluice.config.ts": config,
    "in/good.txt": `good ${CORPUS}`,
    [FILE]: `bad deed-forge ${CORPUS}`,
  });
});

afterAll(async () => {
  await folder.remove();
  await provider[Symbol.asyncDispose]();
});

const type = (argv: readonly string[], more: { stdin?: string; debug?: boolean } = {}) =>
  call(argv, {
    cwd: folder.path,
    env: { OPENROUTER_BASE_URL: provider.url, ...(more.debug ? { SLUICE_DEBUG: "1" } : {}) },
    isTerminal: true,
    ...(more.stdin === undefined ? {} : { stdin: more.stdin }),
  });

/** Answers that are as hostile as the corpus. */
const hostileAnswers = (count: number, content = CORPUS) =>
  provider.simulator.script(
    "*",
    ...Array.from({ length: count }, () => ({ kind: "text", content }) as const),
  );

/** What is typed of each command, in this order; what comes before leaves behind what the next show. */
const typed: Record<CommandKey, ReadonlyArray<readonly string[]>> = {
  run: [
    ["run", "forge", "in"],
    ["run", "titles", "in"],
    ["run", "payments", "in/good.txt"],
    ["run", "forge", `${CORPUS}/*.txt`],
    ["run", CORPUS, "in"],
    ["run", "forge", "in", `--${CORPUS}`],
    ["run", "forge", "in", "--out", `${FILE}/x.jsonl`],
  ],
  plan: [
    ["plan", "titles", "in"],
    ["plan", "forge", "in", "--fresh"],
  ],
  enqueue: [["enqueue", "forge", "in", "--fresh"]],
  worker: [["worker", "--drain"]],
  runsLs: [
    ["runs", "ls"],
    ["runs", "ls", "--batch", CORPUS],
  ],
  show: [
    ["show", "latest"],
    ["show", "latest-batch"],
    ["show", CORPUS],
    ["show", "FAILED"],
    ["show", "WAITING"],
  ],
  watch: [["watch", "latest-batch"]],
  logs: [
    ["logs", "latest-batch"],
    ["logs", "FAILED"],
  ],
  approve: [
    ["approve", "WAITING"],
    ["approve", "WAITING", "--decision", `{"note":${quoted}}`],
    ["approve", "WAITING", "--decision", CORPUS],
    ["approve", "WAITING", "--step", CORPUS],
  ],
  retry: [
    ["retry", "FAILED", "--from", CORPUS],
    ["retry", "FAILED", "--from", "check"],
  ],
  cancel: [
    ["cancel", "latest-batch"],
    ["cancel", CORPUS],
  ],
  exportBatch: [["export", "latest-batch"]],
  prune: [["prune", "--older-than", "99d", "--pipeline", CORPUS]],
  scheduleAdd: [
    ["schedule", "add", "in", "forge", FILE, "--every", "1h"],
    ["schedule", "add", CORPUS, "forge", "in", "--every", "1h"],
    ["schedule", "add", "other", "forge", "in", "--cron", CORPUS],
  ],
  scheduleLs: [["schedule", "ls"]],
  scheduleRun: [
    ["schedule", "run", "in"],
    ["schedule", "run", CORPUS],
  ],
  scheduleRm: [
    ["schedule", "rm", CORPUS],
    ["schedule", "rm", "in"],
  ],
  queuePause: [
    ["queue", "pause", CORPUS],
    ["queue", "pause", "forge"],
  ],
  queueStatus: [["queue", "status"]],
  queueResume: [
    ["queue", "resume", CORPUS],
    ["queue", "resume", "forge"],
  ],
  pipelines: [["pipelines"], ["pipelines", "forge", "--graph"], ["pipelines", "payments", "--graph"]],
  ask: [
    ["ask", "hello"],
    ["ask", "deed-forge"],
    ["ask", "deed-inside"],
    ["ask", "hello", "--model", CORPUS],
  ],
  chat: [["chat"]],
  compare: [
    ["compare", "hello"],
    ["compare", "hello", "--models", ODD_MODEL],
  ],
  models: [["models"], ["models", "--all"]],
  quota: [["quota"]],
  quotaResume: [["quota", "resume"]],
  doctor: [["doctor"], ["doctor", "--config", CORPUS]],
  config: [["config"]],
  init: [
    ["init", CORPUS.replaceAll("\u0000", "").replaceAll("/", "")],
    ["init", FILE],
  ],
  // They show nothing that comes from outside.
  demo: [],
  simulate: [],
};

/** Commands that show a text of several lines as it is laid out, below a head of its own. */
const laidOut: ReadonlySet<CommandKey> = new Set(["ask", "chat", "compare", "approve"]);

const ESCAPE = "\u001b";
const OUR_COLOURS = new RegExp(`${ESCAPE}\\[(?:2|22|3[1239])m`, "g");
/** Joiners are left: scripts and emoji need them. */
const OBEYED = /(?![\n\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

function check(key: CommandKey, argv: readonly string[], { code, stdout, stderr }: CallOutcome): void {
  for (const text of [stdout, stderr]) {
    const place = JSON.stringify([argv.join(" ").slice(0, 40), code, text.slice(0, 2_000)]);
    expect(OBEYED.exec(text.replace(OUR_COLOURS, ""))?.[0], place).toBeUndefined();
    if (!laidOut.has(key)) expect(text, place).not.toMatch(/^FORGED/m);
  }
  expect(stderr).not.toContain("INTERNAL");
}

describe("a terminal", { timeout: 120_000 }, () => {
  test("is shown what comes from outside by every command, and obeys none of it", async () => {
    let failed = "";
    let waiting = "";
    for (const key of Object.keys(typed) as CommandKey[]) {
      for (const words of typed[key]) {
        const argv = words.map((word) => (word === "FAILED" ? failed : word === "WAITING" ? waiting : word));
        const more = "json" in commands[key].options ? [[...argv, "--json"]] : [];
        for (const each of [argv, ...more]) {
          if (key === "run" || key === "ask" || key === "chat" || key === "compare") hostileAnswers(1);
          check(key, each, await type(each, { stdin: `hello\n/${CORPUS.replace(/\s/g, "")}\n` }));
        }
      }
      if (key !== "run") continue;
      const lines = (await type(["runs", "ls", "--json"])).stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
      failed = lines.find(({ status, pipeline }) => status === "failed" && pipeline === "forge").run;
      waiting = lines.find(({ status }) => status === "waiting").run;
    }
  });

  test("obeys nothing of an error's stack and causes either", async () => {
    for (const argv of [
      ["ask", "deed-forge"],
      ["show", CORPUS],
      ["run", CORPUS, "in"],
    ]) {
      const outcome = await type(argv, { debug: true });
      expect(outcome.stderr).toMatch(/\n {4}at /);
      check("ask", argv, outcome);
    }
  });
});
