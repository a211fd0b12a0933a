import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmod, readdir, readFile, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { keptEvents, openBackend, results } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { deeds, startEchoingProvider, USER_ID } from "./echoing-provider.ts";
import { makeFolder, titlesConfig } from "./folder.ts";
import { CANARY, tracesIn } from "./key-traces.ts";
import { type RunningSluice, sluice, startSluice } from "./spawn-sluice.ts";

// What is written is then readable as it is.
const redis = await startRedisServer(undefined, ["--appendonly", "yes", "--rdbcompression", "no"]);
afterAll(() => redis?.stop());

/** Whatever shows what is stored, known or set; the newest run is one that failed. */
const commandsThatShow = [
  ["show", "latest"],
  ["show", "latest", "--json"],
  ["show", "latest-batch", "--json"],
  ["logs", "latest"],
  ["logs", "latest-batch", "--json"],
  ["watch", "latest"],
  ["export", "latest-batch"],
  ["runs", "ls"],
  ["runs", "ls", "--json"],
  ["queue", "status", "--json"],
  ["quota", "--json"],
  ["models", "--json"],
  ["config", "--json"],
  ["doctor", "--json"],
  ["pipelines", "titles", "--json", "--graph"],
];

/** Where runs are kept, and where the key is found. */
const places = [
  { name: "embedded, the key in .env", redisUrl: "", isPresent: true, dotEnv: true },
  {
    name: "Redis, the key in the environment",
    redisUrl: redis?.url ?? "",
    isPresent: redis !== null,
    dotEnv: false,
  },
];

const SECRET_TEXT = "Mrs Confidential owes 120.50 EUR since the third of May";
const HALTING = "deed-unauthorized";
/** What runs fail by for good; the others would have them wait. */
const REFUSALS = ["deed-refuse", "deed-inside"];
/** Long enough to be compressed. */
const LONG = `The old lighthouse\n\n${"It stands on the cape and looks at the sea. ".repeat(100)}`;

const documents = Object.fromEntries(REFUSALS.map((deed) => [`in/${deed}.txt`, `${deed}\n\n${SECRET_TEXT}`]));

const files = (dotEnv: boolean) => ({
  "sluice.config.ts": titlesConfig(),
  "in/good.txt": LONG,
  "last.txt": `${HALTING}\n\n${SECRET_TEXT}`,
  ...documents,
  ...(dotEnv ? { ".env": `OPENROUTER_API_KEY=${CANARY}\n` } : {}),
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** How processes look to others on this machine. */
async function argumentsOf({ child }: RunningSluice): Promise<string> {
  const { stdout } = spawnSync("ps", ["-ww", "-o", "args=", "-p", `${child.pid}`], { encoding: "utf8" });
  return `${stdout}${await readFile(`/proc/${child.pid}/cmdline`, "utf8").catch(() => "")}`;
}

/** All that a folder holds, but for the file that the key is kept in. */
async function filesIn(folder: string): Promise<Array<[path: string, bytes: Buffer]>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((one) => one.isFile() && one.name !== ".env")
    .map((one) => join(one.parentPath, one.name));
  return Promise.all(paths.map(async (path) => [path, await readFile(path)] as [string, Buffer]));
}

/** What is stored, as whoever reads it sees it: payloads may be compressed. */
async function readEverything(home: string, redisUrl: string): Promise<string> {
  const backend = await openBackend({ home, redisUrl });
  const told: unknown[] = [await backend.describe()];
  for await (const event of keptEvents(backend)) told.push(event);
  for await (const line of results(backend, {})) {
    told.push(line, [...(await backend.checkpoints.read(line.run))], await backend.runs.get(line.run));
  }
  await backend.close();
  return JSON.stringify(told);
}

describe.each(places)("a key, on $name", ({ redisUrl, isPresent, dotEnv }) => {
  test.skipIf(!isPresent)(
    "is found nowhere after a day with a provider that tells it in every answer",
    { timeout: 120_000 },
    async () => {
      await using provider = await startEchoingProvider();
      await using folder = await makeFolder(files(dotEnv));
      const cwd = folder.path;
      const env = {
        OPENROUTER_BASE_URL: provider.url,
        SLUICE_REDIS_URL: redisUrl,
        SLUICE_QUOTA_PER_MINUTE: "600",
        ...(dotEnv ? {} : { OPENROUTER_API_KEY: CANARY }),
      };
      const debugEnv = { ...env, SLUICE_DEBUG: "1" };
      const told: Array<[what: string, text: string, isDebug: boolean]> = [];
      const tell = (what: string, { stdout, stderr }: { stdout: string; stderr: string }, isDebug = false) =>
        void told.push([what, stdout + stderr, isDebug]);

      const running = startSluice(["run", "titles", "in", "--json", "--out", "results.jsonl"], { cwd, env });
      await expect.poll(() => provider.keys.length, { timeout: 30_000 }).toBeGreaterThan(0);
      expect(await argumentsOf(running)).toContain("titles");
      told.push(["ps", await argumentsOf(running), false]);
      tell("run", await running.ended);
      expect(provider.keys.every((key) => key === `Bearer ${CANARY}`)).toBe(true);

      const debugged = await sluice(["ask", "hello deed-refuse"], { cwd, env: debugEnv });
      expect(debugged.stderr).toContain("SluiceError");
      tell("ask", debugged, true);

      // On the embedded store it lends the others what it has open, which takes them less time.
      const port = await freePort();
      const worker = startSluice(["worker", "--metrics-port", `${port}`], { cwd, env: debugEnv });
      await worker.said("Metrics at");
      for (const path of ["metrics", "healthz", "readyz"]) {
        const page = await fetch(`http://127.0.0.1:${port}/${path}`);
        told.push([path, JSON.stringify([...page.headers]) + (await page.text()), false]);
      }
      for (const deed of deeds.filter((one) => one !== HALTING)) {
        const streamed = await call(["ask", `hello ${deed}`], { cwd, env, isTerminal: true });
        expect(streamed.code, deed).not.toBe(0);
        tell(`ask ${deed}`, streamed);
      }
      for (const argv of commandsThatShow) tell(argv.join(" "), await call(argv, { cwd, env }));
      worker.child.kill("SIGTERM");
      tell("worker", await worker.ended, true);
      tell("run that halts", await call(["run", "titles", "last.txt"], { cwd, env: debugEnv }), true);
      tell("quota, halted", await call(["quota"], { cwd, env }));

      for (const [what, text, isDebug] of told) {
        expect(tracesIn(text), what).toEqual([]);
        if (!isDebug) expect(text, what).not.toMatch(new RegExp(`${USER_ID}|Confidential owes`));
      }
      const stored = await readEverything(join(cwd, ".sluice"), redisUrl);
      expect(stored).toContain("REQUEST_REFUSED");
      expect(tracesIn(stored)).toEqual([]);
      expect(stored).not.toContain(USER_ID);
      for (const [path, bytes] of await filesIn(cwd)) expect(tracesIn(bytes), path).toEqual([]);
      if (redisUrl === "") return expect((await stat(join(cwd, ".sluice/embedded"))).mode & 0o077).toBe(0);
      spawnSync("redis-cli", ["-p", `${redis?.port}`, "save"]);
      const dumps = await filesIn(redis?.directory ?? "");
      expect(dumps.map(([path]) => path).join()).toMatch(/dump\.rdb/);
      for (const [path, bytes] of dumps) expect(tracesIn(bytes), path).toEqual([]);
    },
  );
});

test("in a file that others can read is what doctor warns of", async () => {
  await using folder = await makeFolder(files(true));
  const dotEnv = join(folder.path, ".env");
  const look = () => call(["doctor", "--simulate"], { cwd: folder.path });
  await chmod(dotEnv, 0o644);
  expect((await look()).stdout).toContain(`can be read by other users: chmod 600 ${dotEnv}`);
  await chmod(dotEnv, 0o600);
  expect((await look()).stdout).not.toContain("chmod");
});
