import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { type Folder, makeFolder, titlesConfig } from "./folder.ts";

let folder: Folder;

beforeAll(async () => {
  folder = await makeFolder({ "sluice.config.ts": titlesConfig('simulate: "always"') });
});

afterAll(() => folder.remove());

async function listenSomewhere(): Promise<{ taken: Server; port: number }> {
  const taken = createServer().listen(0, "127.0.0.1");
  await once(taken, "listening");
  const address = taken.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { taken, port: address.port };
}

async function freePort(): Promise<number> {
  const { taken, port } = await listenSomewhere();
  taken.close();
  await once(taken, "close");
  return port;
}

describe("sluice worker", () => {
  test("serves metrics and health on the port of the flag, until it stops", async () => {
    const port = await freePort();
    const stop = new AbortController();
    const working = call(["worker", "--metrics-port", `${port}`], {
      cwd: folder.path,
      env: { SLUICE_METRICS_PORT: "1" },
      signal: stop.signal,
    });
    const read = (path: string) => fetch(`http://127.0.0.1:${port}${path}`);
    const isReady = () =>
      read("/readyz").then(
        ({ status }) => status,
        () => 0,
      );
    await expect.poll(isReady, { timeout: 60_000, interval: 100 }).toBe(200);
    expect(await (await read("/metrics")).text()).toMatch(/^sluice_worker_runs_at_work 0$/m);
    stop.abort();
    const { code, stderr } = await working;
    expect(code).toBe(0);
    expect(stderr).toContain(`Metrics at http://127.0.0.1:${port}/metrics, for this machine only.`);
    await expect(read("/healthz")).rejects.toThrow();
  }, 90_000);

  test("does not start when the port is taken, and names another way", async () => {
    const { taken, port } = await listenSomewhere();
    const env = { SLUICE_METRICS_PORT: `${port}` };
    const { code, stderr } = await call(["worker"], { cwd: folder.path, env });
    taken.close();
    expect(code).toBe(2);
    expect(stderr).toContain(`Metrics cannot be served on port ${port} of 127.0.0.1 (EADDRINUSE).`);
    expect(stderr).toContain("choose another one with --metrics-port or SLUICE_METRICS_PORT");
    expect(stderr).not.toContain("Working on");
  }, 60_000);

  test("refuses an address without a port, and a port that is none", async () => {
    const refused = async (...argv: string[]) => call(["worker", ...argv], { cwd: folder.path });
    const noPort = await refused("--metrics-host", "0.0.0.0");
    expect(noPort).toMatchObject({ code: 2, stderr: expect.stringContaining("needs a port") });
    for (const port of ["0", "65536", "9464.5", "http"]) {
      const { code, stderr } = await refused("--metrics-port", port);
      expect(code).toBe(2);
      expect(stderr).toContain("It must be a whole number from 1 to 65535.");
    }
  }, 60_000);

  test("says in its help that nobody is asked who he is", async () => {
    const { stdout } = await call(["worker", "--help"], { cwd: folder.path, columns: 200 });
    expect(stdout).toMatch(/--metrics-host <ADDRESS> .*no authentication/);
  });
});
