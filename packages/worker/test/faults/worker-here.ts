import {
  type AnyPipeline,
  type OpenRouter,
  type OpenRouterOptions,
  openRouter,
  SluiceError,
} from "@sluice/core";
import { type Backend, createRegistry, startWorker, type Worker } from "@sluice/worker";
import { expect } from "vitest";
import type { Told } from "./fault-process.ts";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in summaries.d.mts.
import { summaries } from "./fixtures/summaries.mjs";
import type { Participant, World } from "./world.ts";

/** What a worker of this process is started with. */
export interface WorkerHereOptions extends Pick<OpenRouterOptions, "baseUrl" | "timeouts"> {
  /** Default: the pipeline of the fault tests. */
  pipelines?: readonly AnyPipeline[];
  concurrency?: number;
  /** Default true: it takes no runs while the account is closed. */
  keepsToLedger?: boolean;
  /** Whether it reads the server's count of the day at its start. Default: as `keepsToLedger`. */
  syncs?: boolean;
}

/**
 * A worker in the test's own process, with connections of its own, as another process would have: it starts at once, and
 * lives in the world's time.
 */
export class WorkerHere implements Participant, AsyncDisposable {
  readonly told: Told[] = [];
  readonly backend: Backend;
  readonly models: OpenRouter;
  readonly worker: Worker;

  private constructor(parts: { backend: Backend; models: OpenRouter; worker: Worker; told: Told[] }) {
    this.backend = parts.backend;
    this.models = parts.models;
    this.worker = parts.worker;
    this.told = parts.told;
  }

  static async start(world: World, options: WorkerHereOptions = {}): Promise<WorkerHere> {
    const { pipelines = [summaries], concurrency, baseUrl, timeouts } = options;
    const { keepsToLedger = true, syncs = keepsToLedger } = options;
    const { clock, settings } = world;
    // Before any run is taken: it blocks a busy machine for longer than a short lock lasts.
    await import("@sluice/core/langchain");
    const backend = await world.open();
    const models = openRouter({
      apiKey: settings.apiKey,
      baseUrl: baseUrl ?? settings.simulator,
      cell: (name) => backend.cell(name),
      rules: settings.rules,
      cache: backend.cache,
      timeouts,
      clock,
    });
    const told: Told[] = [];
    const say = (one: { type: string }) => void told.push({ at: clock.now(), ...one });
    const worker = await startWorker({
      ...{ backend, models, clock, concurrency },
      ...(syncs && { sync: () => models.syncQuota() }),
      ...(keepsToLedger && { ledger: models.ledger }),
      registry: createRegistry(pipelines),
      onEvent: say,
      onError: (error) => say(failure(error)),
    });
    const here = new WorkerHere({ backend, models, worker, told });
    world.processes.push(here);
    return here;
  }

  get printed(): string {
    return this.told.map((one) => JSON.stringify(one)).join("\n");
  }

  /** Waits until it has told something that fits. */
  async tells(fits: (told: Told) => boolean): Promise<Told> {
    await expect.poll(() => this.told.some(fits), { timeout: 20_000, interval: 10 }).toBe(true);
    return this.told.find(fits) as Told;
  }

  /** Lets runs at work finish, and lets go of the store. */
  async kill(): Promise<void> {
    await this.worker.close();
    await this.backend.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

function failure(error: unknown) {
  return { type: "error", code: SluiceError.is(error) ? error.code : null, message: String(error) };
}
