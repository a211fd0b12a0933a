import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type AnyPipeline, openRouter, type RunEvent, randomId } from "@sluice/core";
import {
  type Backend,
  createRegistry,
  type EnqueueRequest,
  enqueue,
  openBackend,
  type RunRecord,
  startWorker,
} from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { expect } from "vitest";
import { putEmptyStore } from "../../../test/empty-store.ts";

/** Where runs are kept in a test: opened, closed and opened again like a process that ends and starts. */
export interface Place {
  /** What a process of its own opens it with. */
  home: string;
  redisUrl: string | undefined;
  open(): Promise<Backend>;
  remove(): Promise<void>;
}

/** Both backends; the test skips the one that this machine cannot run. */
export async function placesOfTest(): Promise<
  Array<{ name: string; isPresent: boolean; make(): Promise<Place>; stop(): Promise<void> }>
> {
  const redis = await startRedisServer();
  const make = async (redisUrl?: string): Promise<Place> => {
    const home = await mkdtemp(join(tmpdir(), "sluice-place-"));
    if (redisUrl === undefined) await putEmptyStore(home);
    return {
      home,
      redisUrl,
      open: () => openBackend({ home, redisUrl }),
      remove: () => rm(home, { recursive: true, force: true }),
    };
  };
  return [
    { name: "embedded", isPresent: true, make: () => make(), stop: async () => {} },
    {
      name: "redis",
      isPresent: redis !== null,
      make: () => make(redis?.url),
      stop: async () => redis?.stop(),
    },
  ];
}

/** A worker whose pipelines ask no model. */
export async function workOn(backend: Backend, pipelines: readonly AnyPipeline[]) {
  const events: RunEvent[] = [];
  const worker = await startWorker({
    backend,
    registry: createRegistry(pipelines),
    models: openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" }),
    onEvent: (event) => void events.push(event),
  });
  const close = () => worker.close();
  return { events, close, [Symbol.asyncDispose]: close };
}

/** Enqueues one run, a new one whatever the tests before have enqueued. */
export async function putOne(
  backend: Backend,
  pipeline: AnyPipeline,
  more: Partial<EnqueueRequest> & { input?: object } = {},
): Promise<RunRecord> {
  const input = { amount: 12, ...more.input, unlike: randomId(8) };
  const items = [{ document: { id: "d1", name: "a.txt" }, input }];
  const { batchId } = await enqueue(backend, { pipeline, total: 1, ...more, items });
  for await (const run of backend.runs.list({ batchId })) return run;
  throw new Error("nothing was enqueued");
}

/** Waits until the run is in a state, and gives its record. */
export async function inState(
  backend: Backend,
  runId: string,
  status: RunRecord["status"],
): Promise<RunRecord> {
  const look = async () => (await backend.runs.get(runId))?.status;
  await expect.poll(look, { timeout: 15_000, interval: 20 }).toBe(status);
  const run = await backend.runs.get(runId);
  if (!run) throw new Error("the run is gone");
  return run;
}

/** A run's output, when it is completed. */
export async function outputOf(backend: Backend, runId: string): Promise<unknown> {
  await inState(backend, runId, "completed");
  return JSON.parse((await backend.runs.readOutput(runId)) ?? "null");
}
