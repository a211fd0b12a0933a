import { readFile } from "node:fs/promises";
import { connect } from "node:net";
import { text as textOf } from "node:stream/consumers";
import { type AnyPipeline, code, definePipeline, llm, map, openRouter, randomId } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import {
  type Backend,
  createRegistry,
  enqueue,
  type MetricsServer,
  openBackend,
  startMetricsServer,
  startWorker,
  type Worker,
} from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { parseExposition } from "./exposition.ts";
import { type Place, placesOfTest } from "./places.ts";

const PATIENCE = { timeout: 20_000, interval: 50 };
const AMPLE = { perMinute: 1_000, perDay: 1_000 };

const begin = (name: string) => definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const asking = begin("asking")
  .step(
    "ask",
    llm({
      output: z.object({ summary: z.string() }),
      prompt: ({ input }) => `<document>\n${input.text}\n</document>`,
      cache: false,
    }),
  )
  .step(
    "check",
    code({
      output: z.boolean(),
      run: ({ input }) => {
        if (input.text.includes("bad")) throw new Error("not this one");
        return true;
      },
    }),
  );
const measuring = begin("measuring").step(
  "words",
  map({
    over: ({ input }) => input.text.split(" "),
    each: (word) => word.step("size", code({ output: z.number(), run: ({ item }) => item.length })),
  }),
);

/** A worker that is watched, with an account of its own on the simulator at `url`. */
async function watched(backend: Backend, url: string) {
  const rules = { ...AMPLE, reserve: 0, gapMs: 1 };
  const account = randomId(8);
  const cell = (name: string) => backend.cell(`${name}:${account}`);
  const models = openRouter({ apiKey: account, baseUrl: url, rules, cell });
  await models.syncQuota().catch(() => {});
  const server = await startMetricsServer({ backend, ledger: models.ledger, port: 0 });
  const start = (pipelines: readonly AnyPipeline[] = []): Promise<Worker> =>
    startWorker({
      backend,
      models,
      ledger: models.ledger,
      registry: createRegistry(pipelines),
      observer: server.observer,
    });
  return { server, start, models };
}

/** Enqueues new runs of these texts. */
function put(backend: Backend, pipeline: AnyPipeline, ...texts: string[]) {
  const items = texts.map((text) => ({ document: { id: null, name: "a.txt" }, input: { text } }));
  return enqueue(backend, { pipeline, items, total: items.length, fresh: true });
}

async function page({ url }: Pick<MetricsServer, "url">, path: string) {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.text(), headers: response.headers };
}

async function readyz(server: MetricsServer) {
  const { status, body } = await page(server, "/readyz");
  return { status, ...(JSON.parse(body) as object) };
}

/** What is served of a family: `{ "pipeline=asking state=failed": 1 }`, of a histogram how often. */
async function served(server: MetricsServer, name: string): Promise<Record<string, number>> {
  const { status, body } = await page(server, "/metrics");
  expect(status).toBe(200);
  const family = parseExposition(body).get(name);
  if (!family) throw new Error(`there is no ${name}`);
  const counted = family.samples.filter((one) => family.type !== "histogram" || one.name === `${name}_count`);
  return Object.fromEntries(
    counted.map(({ labels, value }) => [
      Object.entries(labels)
        .map((pair) => pair.join("="))
        .join(" "),
      value,
    ]),
  );
}

/** Every series of ours that is served. */
async function seriesOf(server: MetricsServer): Promise<string[]> {
  const families = [...parseExposition((await page(server, "/metrics")).body).values()];
  return families
    .filter(({ name }) => name.startsWith("sluice_"))
    .flatMap(({ samples }) => samples.map(({ name, labels }) => JSON.stringify([name, labels])));
}

/** Sends the bytes of a request, and gives those of the answer. */
function raw({ url }: MetricsServer, head: string): Promise<string> {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.write(head);
  return textOf(socket);
}

const places = await placesOfTest();

for (const each of places) {
  describe.skipIf(!each.isPresent)(`the metrics of a worker on ${each.name}`, () => {
    let place: Place;
    let backend: Backend;

    beforeAll(async () => {
      place = await each.make();
      backend = await place.open();
    }, 120_000);

    afterAll(async () => {
      await backend.close();
      await place.remove();
      await each.stop();
    });

    it("tell what happened: runs, steps, requests as the server saw them, and the account", async () => {
      await using simulator = await startSimulator({ limits: AMPLE });
      simulator.script("*", { kind: "http", status: 500 }, { kind: "prose" });
      const { server, start } = await watched(backend, simulator.url);
      await put(backend, asking, "One.", "Two.", "A bad one.");
      await using _worker = await start([asking, measuring]);
      await expect
        .poll(() => served(server, "sluice_runs"), PATIENCE)
        .toMatchObject({ "state=completed": 2, "state=failed": 1, "state=queued": 0, "state=running": 0 });
      expect(await served(server, "sluice_worker_run_rests_total")).toEqual({
        "pipeline=asking state=completed": 2,
        "pipeline=asking state=failed": 1,
      });
      expect(await served(server, "sluice_worker_run_failures_total")).toEqual({
        "pipeline=asking code=STEP_FAILED": 1,
      });
      expect(await served(server, "sluice_worker_step_duration_seconds")).toEqual({
        "pipeline=asking step=ask outcome=completed": 3,
        "pipeline=asking step=check outcome=completed": 2,
        "pipeline=asking step=check outcome=failed": 1,
      });
      const asked = simulator.journal.filter(({ counted }) => counted);
      expect(asked.length).toBe(5);
      const requests = await served(server, "sluice_worker_requests_total");
      const sumOf = (pattern: RegExp) =>
        Object.entries(requests).reduce((sum, [labels, n]) => sum + (pattern.test(labels) ? n : 0), 0);
      for (const model of new Set(asked.map((entry) => entry.model))) {
        expect(sumOf(new RegExp(`^model=${model} `)), model).toBe(
          asked.filter((entry) => entry.model === model).length,
        );
      }
      expect(sumOf(/./)).toBe(asked.length);
      expect(sumOf(/outcome=ok$/)).toBe(3);
      expect(sumOf(/outcome=model-busy$/)).toBe(1);
      expect(await served(server, "sluice_worker_runs_at_work")).toEqual({ "": 0 });
      expect(await served(server, "sluice_store_up")).toEqual({ "": 1 });
      await expect
        .poll(() => served(server, "sluice_ledger_requests_used"), PATIENCE)
        .toEqual({ "window=minute": 5, "window=day": simulator.usedToday() });
      expect(await served(server, "sluice_ledger_requests_limit")).toEqual({
        "window=minute": 1_000,
        "window=day": 1_000,
      });
      expect(await served(server, "sluice_ledger_closed")).toEqual({ "": 0 });
      await server.close();
    }, 120_000);
  });
}

describe("the metrics server", () => {
  let place: Place;
  let backend: Backend;
  let stop: () => Promise<void>;

  beforeAll(async () => {
    const here = (await placesOfTest()).filter(({ isPresent }) => isPresent).at(-1);
    if (!here) throw new Error("there is no backend");
    place = await here.make();
    backend = await place.open();
    stop = () => here.stop();
  }, 120_000);

  afterAll(async () => {
    await backend.close();
    await place.remove();
    await stop();
    vi.unstubAllEnvs();
  });

  it("shows a step inside a map as one, however many items it has", async () => {
    await using simulator = await startSimulator({ limits: AMPLE });
    const { server, start } = await watched(backend, simulator.url);
    await using _worker = await start([measuring]);
    const work = async (words: number) => {
      const rests = () => served(server, "sluice_worker_run_rests_total");
      const done = Object.values(await rests())[0] ?? 0;
      await put(backend, measuring, Array.from({ length: words }, () => "word").join(" "));
      await expect.poll(rests, PATIENCE).toEqual({ "pipeline=measuring state=completed": done + 1 });
      return await seriesOf(server);
    };
    const two = await work(2);
    expect(await work(50)).toEqual(two);
    expect(await served(server, "sluice_worker_step_duration_seconds")).toEqual({
      "pipeline=measuring step=words/*/size outcome=completed": 52,
      "pipeline=measuring step=words outcome=completed": 2,
    });
    await server.close();
  });

  it("tells what the guide lists, and no more", async () => {
    const guide = await readFile(new URL("../../../docs/guide/metrics.md", import.meta.url), "utf8");
    const listed = [...guide.matchAll(/`(sluice_\w+)`(?=[^\n]*\|$)/gm)].map(([, name]) => name);
    await using server = await startMetricsServer({ backend, port: 0 });
    const families = [...parseExposition((await page(server, "/metrics")).body).keys()];
    expect(families.filter((name) => name.startsWith("sluice_")).sort()).toEqual(listed.sort());
    expect(families).toContain("process_cpu_seconds_total");
  });

  it("says from start to end whether the worker takes runs", async () => {
    await using simulator = await startSimulator({ limits: AMPLE });
    const { server, start } = await watched(backend, simulator.url);
    expect(await readyz(server)).toEqual({ status: 503, ready: false, reason: "starting" });
    const worker = await start();
    expect(await readyz(server)).toEqual({ status: 200, ready: true });
    await worker.close();
    expect(await readyz(server)).toEqual({ status: 503, ready: false, reason: "closing" });
    expect(await page(server, "/healthz")).toMatchObject({ status: 200, body: '{"alive":true}\n' });
    await server.close();
  });

  it("says until when the quota is closed, which is no reason not to be ready", async () => {
    await using simulator = await startSimulator({ limits: AMPLE });
    simulator.otherUsage(AMPLE.perDay);
    const { server, start } = await watched(backend, simulator.url);
    await using worker = await start();
    const until = new Date(worker.closed?.until ?? 0).toISOString();
    expect(await readyz(server)).toEqual({ status: 200, ready: true, closed: { until, why: "day" } });
    expect(await served(server, "sluice_worker_closed")).toEqual({ "": 1 });
    expect(await served(server, "sluice_ledger_closed")).toEqual({ "": 1 });
    const left = (await served(server, "sluice_ledger_reset_in_seconds"))["window=day"];
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(24 * 3_600 + 10);
    await server.close();
  });

  it("says that the account was halted", async () => {
    await using simulator = await startSimulator({ limits: AMPLE });
    simulator.script("*", { kind: "insufficient-credits-402" });
    const { server, start } = await watched(backend, simulator.url);
    await put(backend, asking, "One.");
    await using worker = await start([asking]);
    await worker.halted;
    await expect
      .poll(() => readyz(server), PATIENCE)
      .toEqual({ status: 503, ready: false, reason: "halted", code: "ACCOUNT_HALTED" });
    expect(await served(server, "sluice_worker_halted")).toEqual({ "": 1 });
    await expect.poll(() => served(server, "sluice_ledger_halted"), PATIENCE).toEqual({ "": 1 });
    await server.close();
  });

  it("answers nobody who is led to it by another name, no other method and no other path, and tells them nothing", async () => {
    vi.stubEnv("OPENROUTER_API_KEY", "sk-or-v1-CANARY");
    await using server = await startMetricsServer({ backend, port: 0 });
    const paths = [
      "/metrics",
      "/healthz",
      "/",
      "/.env",
      "/metrics/../x",
      "/%2e%2e/",
      "http://evil.test/metrics",
    ];
    const methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
    const hosts = ["localhost", "evil.test", "127.0.0.1.evil.test"];
    for (const host of hosts) {
      for (const method of methods) {
        for (const path of paths) {
          const body = method === "POST" ? "Content-Length: 3\r\n\r\na=b" : "\r\n";
          const got = await raw(
            server,
            `${method} ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: http://evil.test\r\nConnection: close\r\n${body}`,
          );
          const isPage = path === "/metrics" || path === "/healthz";
          const isRead = method === "GET" || method === "HEAD";
          const status = host !== "localhost" ? 403 : !isRead ? 405 : isPage ? 200 : 404;
          const place = `${method} ${path} at ${host}`;
          expect(got.slice(0, 12), place).toBe(`HTTP/1.1 ${status}`);
          expect(got, place).not.toMatch(/access-control|CANARY|evil|\bx-powered-by|at .*\.[jt]s:\d/i);
          if (method === "HEAD") expect(got.split("\r\n\r\n")[1], place).toBe("");
        }
      }
    }
    expect(await raw(server, "GET /metrics HTTP/1.0\r\n\r\n")).toMatch(/^HTTP\/1\.1 403 /);
    expect(await raw(server, "CONNECT evil.test:80 HTTP/1.1\r\nHost: localhost\r\n\r\n")).toBe("");
    expect(await raw(server, `GET /${"a".repeat(20_000)} HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
  });

  it("says what to do when its port is taken, and leaves the port to whoever has it", async () => {
    await using first = await startMetricsServer({ backend, port: 0 });
    const port = Number(new URL(first.url).port);
    await expect(startMetricsServer({ backend, port })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message:
        `Metrics cannot be served on port ${port} of 127.0.0.1 (EADDRINUSE). Another process uses this port: ` +
        "choose another one with --metrics-port or SLUICE_METRICS_PORT.",
    });
    await expect(startMetricsServer({ backend, port: 0, host: "203.0.113.1" })).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining("Give --metrics-host an address of this machine"),
    });
    expect((await page(first, "/healthz")).status).toBe(200);
  });

  it("answers under every name when others than this machine reach it", async () => {
    await using server = await startMetricsServer({ backend, port: 0, host: "0.0.0.0" });
    expect(server.isLoopback).toBe(false);
    const head = "GET /healthz HTTP/1.1\r\nHost: worker-1.internal\r\nConnection: close\r\n\r\n";
    expect(await raw(server, head)).toMatch(/^HTTP\/1\.1 200 /);
  });

  it("closes in bounded time while somebody does not finish his request", async () => {
    const server = await startMetricsServer({ backend, port: 0 });
    const slow = raw(server, "GET /metrics HTTP/1.1\r\nHost: local");
    await page(server, "/healthz");
    const startedAt = performance.now();
    await server.close();
    expect(performance.now() - startedAt).toBeLessThan(5_000);
    await slow.catch(() => {});
    await expect(fetch(`${server.url}/healthz`)).rejects.toThrow();
  });
});

it("the metrics server outlives the store, and says in bounded time that it is away", async ({ skip }) => {
  const redis = await startRedisServer();
  if (!redis) return skip("redis-server is not on PATH");
  const backend = await openBackend({ redisUrl: redis.url, home: "unused" });
  await using simulator = await startSimulator({ limits: AMPLE });
  const { server, start } = await watched(backend, simulator.url);
  const worker = await start();
  await expect.poll(() => readyz(server), PATIENCE).toEqual({ status: 200, ready: true });
  const ofStore = ["sluice_runs", "sluice_ledger_requests_used", "sluice_queue_paused"];
  for (const name of ofStore) expect(await served(server, name)).not.toEqual({});
  await redis.kill();
  const startedAt = performance.now();
  await expect
    .poll(() => readyz(server), PATIENCE)
    .toEqual({ status: 503, ready: false, reason: "store unreachable" });
  await expect.poll(() => served(server, "sluice_store_up"), PATIENCE).toEqual({ "": 0 });
  expect(performance.now() - startedAt).toBeLessThan(15_000);
  for (const name of ofStore) {
    await expect.poll(() => served(server, name), PATIENCE).toEqual({});
  }
  expect(await served(server, "sluice_worker_runs_at_work")).toEqual({ "": 0 });
  expect((await page(server, "/healthz")).status).toBe(200);
  await worker.close(0);
  await server.close();
  await backend.close();
}, 60_000);
