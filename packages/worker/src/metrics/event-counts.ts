import { type RunEvent, stepPattern } from "@sluice/core";
import { Counter, Histogram, type Registry } from "prom-client";
import type { WorkerObserver } from "../worker/worker-observer.ts";
import { LabelValues } from "./label-values.ts";

/** From a function that answers at once to a model that takes its time, retries included. */
const STEP_SECONDS = [0.01, 0.05, 0.25, 1, 2.5, 5, 10, 20, 30, 60, 120, 300, 900];

const PACK_ITEMS = [2, 4, 8, 12, 16, 20, 25, 50, 100];

const MOST_PIPELINES = 100;
const MOST_STEPS = 1_000;
const MOST_MODELS = 200;

/** Counts in a registry what happens to the runs of a worker. */
export function countEvents(registry: Registry): WorkerObserver["eventsOf"] {
  const families = familiesIn(registry);
  const names = {
    pipelines: new LabelValues(MOST_PIPELINES),
    steps: new LabelValues(MOST_STEPS),
    models: new LabelValues(MOST_MODELS),
  };
  return ({ pipeline }) => {
    const counts = new RunCounts(families, names, names.pipelines.of(pipeline));
    return (event) => counts.hear(event);
  };
}

/** Counts for one run while it is in the worker's hands. */
class RunCounts {
  readonly #families: Families;
  readonly #names: { steps: LabelValues; models: LabelValues };
  readonly #pipeline: string;
  /** Since when its steps are at work, by path. */
  readonly #begunAt = new Map<string, number>();

  constructor(families: Families, names: { steps: LabelValues; models: LabelValues }, pipeline: string) {
    this.#families = families;
    this.#names = names;
    this.#pipeline = pipeline;
  }

  hear(event: RunEvent): void {
    switch (event.type) {
      case "step.started":
        this.#begunAt.set(event.step, performance.now());
        break;
      case "step.attempt":
        this.#attempted(event.attempt);
        break;
      case "step.packed":
        if (event.pack.position === 1) this.#families.packs.observe(event.pack.size);
        break;
      case "step.completed":
        this.#ended(event.step, event.cached ? "cached" : "completed");
        break;
      case "step.failed":
        this.#ended(event.step, "failed");
        break;
      case "run.failed":
        this.#families.failures.inc({ pipeline: this.#pipeline, code: event.error.code });
        this.#rests("failed");
        break;
      case "run.completed":
      case "run.cancelled":
      case "run.parked":
      case "run.waiting":
        this.#rests(event.type.slice("run.".length));
        break;
    }
  }

  #attempted({ model, outcome }: { model: string; outcome: string }): void {
    this.#families.requests.inc({ model: this.#names.models.of(model), outcome });
  }

  #ended(path: string, outcome: string): void {
    const begunAt = this.#begunAt.get(path);
    if (begunAt === undefined) return;
    this.#begunAt.delete(path);
    const labels = { pipeline: this.#pipeline, step: this.#names.steps.of(stepPattern(path)), outcome };
    this.#families.steps.observe(labels, (performance.now() - begunAt) / 1_000);
  }

  #rests(state: string): void {
    this.#families.rests.inc({ pipeline: this.#pipeline, state });
  }
}

type Families = ReturnType<typeof familiesIn>;

function familiesIn(registry: Registry) {
  const registers = [registry];
  return {
    rests: new Counter({
      name: "sluice_worker_run_rests_total",
      help: "Runs that came to rest in this worker, by the state in which they rest.",
      labelNames: ["pipeline", "state"],
      registers,
    }),
    failures: new Counter({
      name: "sluice_worker_run_failures_total",
      help: "Runs that failed in this worker, by the code of their error.",
      labelNames: ["pipeline", "code"],
      registers,
    }),
    steps: new Histogram({
      name: "sluice_worker_step_duration_seconds",
      help: "How long steps were at work in this worker, waits for quota and retries included; items of a map as one step.",
      labelNames: ["pipeline", "step", "outcome"],
      buckets: STEP_SECONDS,
      registers,
    }),
    packs: new Histogram({
      name: "sluice_worker_pack_items",
      help: "Questions in each request of this worker that asked several together.",
      buckets: PACK_ITEMS,
      registers,
    }),
    requests: new Counter({
      name: "sluice_worker_requests_total",
      help: "Requests that this worker sent to models, by what came of them.",
      labelNames: ["model", "outcome"],
      registers,
    }),
  };
}
