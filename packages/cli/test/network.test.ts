import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { startSimulator } from "@sluice/simulator";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, test } from "vitest";
import { fastStoreOf } from "./fast-store.ts";
import { makeFolder, makeProject, titlesConfig } from "./folder.ts";
import { CANARY } from "./key-traces.ts";
import { sluice, startSluice } from "./spawn-sluice.ts";

const redis = await startRedisServer();
afterAll(() => redis?.stop());

const recorder = fileURLToPath(new URL("fixtures/record-connections.mjs", import.meta.url));

/** An environment in which a process, its threads and its children write down whom they connect to. */
const recording = (folder: string) => ({
  NODE_OPTIONS: `--import ${recorder}`,
  RECORD_CONNECTIONS: join(folder, "connections.txt"),
});

/** Who was connected to, each once, sorted: `127.0.0.1:41873`, or the path of a socket. */
async function connectionsIn(folder: string): Promise<string[]> {
  const text = await readFile(join(folder, "connections.txt"), "utf8").catch(() => "");
  return [...new Set(text.split("\n").filter((line) => line !== ""))].sort();
}

const project = {
  "sluice.config.ts": titlesConfig(),
  "in/a.txt": "The lighthouse",
  "in/b.txt": "The harbour",
};

describe("the network", { timeout: 60_000 }, () => {
  test.skipIf(redis === null)("is used for the provider and Redis, and for nothing else", async () => {
    await using simulator = await startSimulator();
    await using folder = await makeFolder(project);
    const env = {
      ...recording(folder.path),
      OPENROUTER_BASE_URL: simulator.url,
      OPENROUTER_API_KEY: CANARY,
      SLUICE_REDIS_URL: redis?.url ?? "",
    };
    const options = { cwd: folder.path, env };
    await sluice(["enqueue", "titles", "in"], options);
    expect(await connectionsIn(folder.path)).toEqual([`127.0.0.1:${redis?.port}`]);
    expect((await sluice(["run", "titles", "in"], options)).code).toBe(0);
    expect((await sluice(["worker", "--drain"], options)).code).toBe(0);
    await sluice(["doctor"], options);
    const provider = new URL(simulator.url).host;
    expect(await connectionsIn(folder.path)).toEqual([`127.0.0.1:${redis?.port}`, provider].sort());
  });

  test("is used for the provider alone where the store is embedded, and the store's socket by those who share it", async () => {
    await using simulator = await startSimulator();
    await using folder = await makeProject(project);
    const env = { ...recording(folder.path), OPENROUTER_BASE_URL: simulator.url, OPENROUTER_API_KEY: CANARY };
    const options = { cwd: folder.path, env };
    const worker = startSluice(["worker"], options);
    await worker.said("Working on");
    expect((await sluice(["run", "titles", "in"], options)).code).toBe(0);
    worker.child.kill("SIGTERM");
    await worker.ended;
    const others = (await connectionsIn(folder.path)).filter((one) => one !== new URL(simulator.url).host);
    for (const one of others) expect(one).toMatch(/^(\/|\0).*sluice/);
  });

  test("is not used at all with the simulator, and none of what looks like telemetry is", async () => {
    await using folder = await makeFolder(project);
    const env = { ...fastStoreOf(folder.path), ...recording(folder.path) };
    const { stderr } = await sluice(["ask", "hello", "--simulate"], { cwd: folder.path, env });
    expect(stderr).toContain("no model is called");
    for (const one of await connectionsIn(folder.path)) expect(one).toMatch(/^127\.0\.0\.1:\d+$/);
  });

  test.each(["http://openrouter.ai/api/v1", "http://169.254.169.254/api/v1", "http://127.0.0.1.evil.test"])(
    "is not used for a provider at %s: the key would go in the clear",
    async (baseUrl) => {
      await using folder = await makeFolder(project);
      const store = fastStoreOf(folder.path);
      const env = {
        ...recording(folder.path),
        ...store,
        OPENROUTER_BASE_URL: baseUrl,
        OPENROUTER_API_KEY: CANARY,
      };
      const { code, stderr } = await sluice(["ask", "hello"], { cwd: folder.path, env });
      expect(code).toBe(2);
      expect(stderr).toContain("it must be https, or plain http on 127.0.0.1, localhost or [::1]");
      const host = store["SLUICE_REDIS_URL"] === undefined ? [] : [new URL(store["SLUICE_REDIS_URL"]).host];
      expect(await connectionsIn(folder.path)).toEqual(host);
    },
  );

  test("is not used for wherever a provider redirects to", async () => {
    const strayed: Array<string | undefined> = [];
    const other = createServer(({ headers }, response) => {
      strayed.push(headers.authorization);
      response.end("{}");
    });
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await using simulator = await startSimulator();
    // One that redirects questions alone: what is read for free is answered.
    const provider = createServer(async ({ url = "", method, headers: { authorization = "" } }, response) => {
      if (method === "POST") {
        return void response.writeHead(307, { location: `http://127.0.0.1:${port}${url}` }).end();
      }
      const reply = await fetch(simulator.url + url, { headers: { authorization } });
      response.writeHead(reply.status, { "content-type": "application/json" }).end(await reply.text());
    });
    await new Promise<void>((resolve) => provider.listen(0, "127.0.0.1", resolve));
    await using folder = await makeFolder(project);
    const env = {
      ...recording(folder.path),
      ...fastStoreOf(folder.path),
      OPENROUTER_BASE_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
      OPENROUTER_API_KEY: CANARY,
    };
    expect((await sluice(["ask", "hello"], { cwd: folder.path, env })).code).not.toBe(0);
    expect(strayed).toEqual([]);
    expect(await connectionsIn(folder.path)).not.toContain(`127.0.0.1:${port}`);
    provider.closeAllConnections();
    provider.close();
    other.close();
  });
});

describe("a folder of documents", { timeout: 60_000 }, () => {
  const trap =
    'import { writeFileSync } from "node:fs"; writeFileSync("caught", ""); export default { pipelines: [] };';

  test("is read for documents: no configuration and no .env in it, or above the project, is loaded", async () => {
    await using simulator = await startSimulator();
    await using folder = await makeFolder({
      "sluice.config.ts": trap,
      ".env": "OPENROUTER_BASE_URL=http://127.0.0.1:9\nSLUICE_QUOTA_PER_DAY=1\n",
      "project/sluice.config.ts": titlesConfig(),
      "project/in/sluice.config.ts": trap,
      "project/in/.env": "OPENROUTER_BASE_URL=http://127.0.0.1:9\nOPENROUTER_API_KEY=theirs\n",
      "project/in/a.txt": "The lighthouse",
      "documents/sluice.config.mjs": trap,
      "documents/b.txt": "The harbour",
      "documents/deep/c.txt": "The cape",
    });
    const cwd = join(folder.path, "project");
    const env = { ...fastStoreOf(cwd), OPENROUTER_BASE_URL: simulator.url, OPENROUTER_API_KEY: "mine" };
    const { code } = await sluice(["run", "titles", "in/*.txt", "../documents/*.txt"], { cwd, env });
    expect(code).toBe(0);
    const asked = simulator.journal.filter(({ path }) => path.endsWith("/chat/completions"));
    expect(asked).toHaveLength(2);
    // From a folder without a configuration nothing above is looked for.
    const below = await sluice(["config", "--json"], { cwd: join(folder.path, "documents/deep"), env });
    expect(JSON.parse(below.stdout).file).toBeNull();
    for (const place of ["", "project", "project/in", "documents", "documents/deep"]) {
      await expect(readFile(join(folder.path, place, "caught"))).rejects.toMatchObject({ code: "ENOENT" });
    }
  });
});
