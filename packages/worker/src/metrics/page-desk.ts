import type { Ledger, LedgerStatus } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { StatusCounts } from "../backend/run-record.ts";
import { countRuns, type QueueStatus, queueStatus } from "../client/queue-status.ts";
import type { WorkerStatus } from "../worker/worker-observer.ts";
import type { Page } from "./decide-request.ts";
import type { Metrics } from "./metrics.ts";
import { readinessOf } from "./readiness.ts";
import { Reading } from "./reading.ts";

/** A page as it is sent. */
export interface PageAnswer {
  status: number;
  /** Media type. */
  type: string;
  body: string;
}

/** What pages are made from. */
interface PageSources {
  metrics: Metrics;
  backend: Backend;
  ledger: Pick<Ledger, "status"> | undefined;
}

/** Makes the pages, from what is read when somebody asks. */
export class PageDesk {
  readonly #metrics: Metrics;
  readonly #queue: Reading<QueueStatus>;
  readonly #runs: Reading<StatusCounts>;
  readonly #ledger: Reading<LedgerStatus> | undefined;
  #worker: WorkerStatus | undefined;

  constructor({ metrics, backend, ledger }: PageSources) {
    this.#metrics = metrics;
    this.#queue = new Reading(() => queueStatus(backend));
    this.#runs = new Reading(() => countRuns(backend));
    this.#ledger = ledger && new Reading(() => ledger.status());
  }

  show(worker: WorkerStatus): void {
    this.#worker = worker;
  }

  async page(page: Page): Promise<PageAnswer> {
    switch (page) {
      case "/metrics":
        return this.#exposition();
      case "/healthz":
        return json(200, { alive: true });
      case "/readyz":
        return this.#readiness();
    }
  }

  async #exposition(): Promise<PageAnswer> {
    const [queue, runs, ledger] = await Promise.all([
      this.#queue.get(),
      this.#runs.get(),
      this.#ledger?.get(),
    ]);
    const body = await this.#metrics.expose({ worker: this.#worker, queue, runs, ledger });
    return { status: 200, type: this.#metrics.contentType, body };
  }

  async #readiness(): Promise<PageAnswer> {
    const readiness = readinessOf(this.#worker, await this.#queue.get());
    return json(readiness.ready ? 200 : 503, readiness);
  }
}

function json(status: number, value: unknown): PageAnswer {
  return { status, type: "application/json; charset=utf-8", body: `${JSON.stringify(value)}\n` };
}
