import { randomId } from "@sluice/core";
import { type Backend, enqueue, type RunRecord } from "@sluice/worker";
import { expect } from "vitest";
import { type Allowed, checkHistory } from "./checker.ts";
import type { FaultProcess, ProcessSettings } from "./fault-process.ts";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in pipelines.d.mts.
import { type PipelineName, pipelines } from "./fixtures/pipelines.mjs";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in summaries.d.mts.
import { inputOf } from "./fixtures/summaries.mjs";
import type { Arrival, EndedRun, RecordedStep } from "./history.ts";
import { referenceOutputs } from "./reference.ts";
import { CANARY, type World } from "./world.ts";

/** One row of the matrix as it is played: some documents, the processes that work on them, and what came of it. */
export class Scene {
  readonly #world: World;
  readonly #pipeline: PipelineName;
  readonly #name = randomId(6);
  readonly #accepted: string[] = [];
  readonly #batches: string[] = [];

  constructor(world: World, pipeline: PipelineName = "summaries") {
    this.#world = world;
    this.#pipeline = pipeline;
  }

  /** The names of so many documents, which no other scene has; `kind` says what the hostile pipeline does with them. */
  documents(count: number, kind = "plain"): string[] {
    return Array.from({ length: count }, (_, index) => `${this.#name}-${kind}-${index + 1}.txt`);
  }

  /** Enqueues documents from a process of its own. */
  async enqueue(documents: readonly string[]): Promise<string> {
    const client = this.#world.start("enqueue", { documents, pipeline: this.#pipeline });
    const { batchId } = await client.tells(({ type }) => type === "enqueued");
    await client.ended();
    this.accept(documents, String(batchId));
    return String(batchId);
  }

  /** Enqueues documents from this process, which takes less time. */
  async enqueueHere(documents: readonly string[]): Promise<string> {
    const { clock } = this.#world;
    const backend = await this.#world.open();
    const pipeline = pipelines[this.#pipeline];
    const items = documents.map((name) => ({ document: { id: null, name }, input: inputOf(name) }));
    const { batchId } = await enqueue(backend, { pipeline, items, total: items.length, clock });
    await backend.close();
    this.accept(documents, batchId);
    return batchId;
  }

  /** Notes documents that were enqueued otherwise. */
  accept(documents: readonly string[], batchId: string): void {
    this.#accepted.push(...documents);
    this.#batches.push(batchId);
  }

  /** Starts a worker that fails where it is told to, and waits until it has begun. */
  async worker(fault?: string, more: Partial<ProcessSettings> = {}): Promise<FaultProcess> {
    const worker = this.#world.start("work", { ...more, fault });
    if (!fault) await worker.tells(({ type }) => type === "ready");
    return worker;
  }

  /** Waits until every accepted run has ended. */
  async finish(backend: Backend, timeoutMs = 30_000): Promise<void> {
    const left = async () => {
      const runs = await this.#runs(backend);
      return runs.filter(({ finishedAt }) => finishedAt === null).map(({ id, status }) => `${id} ${status}`);
    };
    await expect.poll(left, { timeout: timeoutMs, interval: 50 }).toEqual([]);
  }

  /** Waits until the ledger knows of all that the server counts, where a store has forgotten some of it. */
  async recounted(): Promise<void> {
    const backend = await this.#world.open();
    const uncounted = async () => {
      const { ledgerUsed, serverUsed } = await this.#world.counts(backend);
      return Math.max(0, serverUsed - ledgerUsed);
    };
    await expect.poll(uncounted, { timeout: 30_000, interval: 50 }).toBe(0);
    await backend.close();
  }

  /** After healing: waits for the end, holds everything that happened against the invariants, and gives the runs. */
  async check(allowed: Allowed = {}): Promise<RunRecord[]> {
    const backend = await this.#world.open();
    try {
      await this.finish(backend);
      const runs = await this.#ended(backend);
      const documents = [...new Set([...this.#accepted, ...runs.map(({ record }) => record.document.name)])];
      const history = {
        accepted: this.#accepted,
        arrivals: this.#world.arrivals(documents),
        runs,
        recorded: this.#recorded(),
        ...(await this.#world.counts(backend)),
        texts: [...this.#world.processes.map(({ printed }) => printed), await this.#world.storedBytes()],
      };
      const { perMinute, minuteMs } = this.#world;
      const finished = documents.filter((name) => !allowed.unfinished?.includes(name));
      const outputs = await referenceOutputs(finished, this.#pipeline);
      expect(checkHistory(history, { outputs, perMinute, minuteMs, secret: CANARY }, allowed)).toEqual([]);
      return runs.map(({ record }) => record);
    } finally {
      await backend.close();
    }
  }

  /** Waits until so many requests for this scene's documents have arrived. */
  async asked(count: number): Promise<void> {
    await expect.poll(() => this.requests, { timeout: 30_000, interval: 10 }).toBeGreaterThanOrEqual(count);
  }

  /** Requests for this scene's documents so far. */
  get requests(): number {
    return this.arrivals.length;
  }

  /** The same, one by one. */
  get arrivals(): Arrival[] {
    return this.#world.arrivals(this.#accepted);
  }

  async #runs(backend: Backend): Promise<RunRecord[]> {
    const runs: RunRecord[] = [];
    for (const batchId of this.#batches)
      for await (const run of backend.runs.list({ batchId })) runs.push(run);
    return runs;
  }

  async #ended(backend: Backend): Promise<EndedRun[]> {
    const ended: EndedRun[] = [];
    for (const record of await this.#runs(backend)) {
      ended.push({ record, output: await backend.runs.readOutput(record.id) });
    }
    return ended;
  }

  #recorded(): RecordedStep[] {
    return this.#world.processes.flatMap(({ told }) =>
      told
        .filter(({ type }) => type === "step.completed")
        .map(({ at, ...event }) => ({ at, run: String(event["runId"]), step: String(event["step"]) })),
    );
  }
}
