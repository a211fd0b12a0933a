import { startSimulator } from "@sluice/simulator";
import fc from "fast-check";
import { expect, it } from "vitest";
import { z } from "zod";
import type { CheckpointStore } from "../checkpoints/checkpoint-store.ts";
import { MemoryCheckpoints } from "../checkpoints/memory-checkpoints.ts";
import { openRouter } from "../models/openrouter/openrouter.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import type { AnyPipeline } from "../pipeline/pipeline.ts";
import { type AnyView, type Block, type NamedStep, type StepDefinition, stepOf } from "../pipeline/step.ts";
import { llm } from "../pipeline/steps/llm.ts";
import { hashValue } from "../shared/hash.ts";
import type { RunEvent } from "./events.ts";
import { runPipeline } from "./run-pipeline.ts";

/** The shape of a step, from which a step is made; what it gives depends on everything it sees. */
type Shape =
  | { kind: "code" | "llm" }
  | { kind: "map" | "reduce"; items: number; body: Shape[] }
  | { kind: "loop"; rounds: number; body: Shape[] }
  | { kind: "branch"; pick: number; cases: [Shape[], Shape[]] }
  | { kind: "parallel"; asking: Shape[]; silent: number }
  | { kind: "sub"; body: Shape[] };

const few = (min: number) => fc.integer({ min, max: 3 });
const { block } = fc.letrec<{ shape: Shape; block: Shape[] }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 2 },
    { weight: 2, arbitrary: fc.constant<Shape>({ kind: "code" }) },
    { weight: 3, arbitrary: fc.constant<Shape>({ kind: "llm" }) },
    fc.record({
      kind: fc.constantFrom("map" as const, "reduce" as const),
      items: few(1),
      body: tie("block"),
    }),
    fc.record({ kind: fc.constant("loop" as const), rounds: few(1), body: tie("block") }),
    fc.record({
      kind: fc.constant("branch" as const),
      pick: few(0),
      cases: fc.tuple(tie("block"), tie("block")),
    }),
    // Two branches that ask at the same time would both have a request on the way when the run is killed.
    fc.record({ kind: fc.constant("parallel" as const), asking: tie("block"), silent: few(0) }),
    fc.record({ kind: fc.constant("sub" as const), body: tie("block") }),
  ),
  block: fc.array(tie("shape"), { minLength: 1, maxLength: 3 }),
}));

const text = z.string();
const digest = (view: AnyView) => hashValue({ ...view, run: null, signal: null, log: null }).slice(0, 12);
const silent: StepDefinition = {
  kind: "code",
  output: text,
  run: digest,
  timeoutMs: null,
  retry: { maxAttempts: 1, delayMs: 0 },
};

function stepFrom(shape: Shape): StepDefinition {
  switch (shape.kind) {
    case "code":
      return silent;
    case "llm":
      return llm({ prompt: (view: AnyView) => `Say something about ${digest(view)}.`, cache: false })
        .definition;
    case "map":
      return {
        kind: "map",
        over: itemsOf(shape.items),
        item: null,
        each: blockFrom(shape.body),
        concurrency: 1,
        onItemError: "fail",
      };
    case "reduce":
      return {
        kind: "reduce",
        over: itemsOf(shape.items),
        combine: blockFrom(shape.body),
        maxGroupTokens: 4_000,
        maxGroupItems: 2,
        whenEmpty: null,
        concurrency: 1,
      };
    case "loop":
      return {
        kind: "loop",
        state: text,
        start: digest,
        body: blockFrom(shape.body),
        until: ({ round }) => Number(round) + 1 >= shape.rounds,
        maxRounds: shape.rounds,
        onLimit: "fail",
      };
    case "branch":
      return {
        kind: "branch",
        on: () => (shape.pick % 2 === 0 ? "even" : "odd"),
        by: null,
        cases: shape.cases.map((body, index) => ({
          name: index === 0 ? "even" : "odd",
          block: blockFrom(body),
        })),
      };
    case "parallel":
      return { kind: "parallel", branches: branchesOf(shape), fuse: true };
    case "sub":
      return {
        kind: "pipeline",
        pipeline: pipelineFrom(shape.body),
        input: (view) => ({ text: digest(view) }),
      };
  }
}

function branchesOf({ asking, silent: count }: Extract<Shape, { kind: "parallel" }>) {
  const others = Array.from({ length: count }, (_, index) => ({
    name: `silent${index}`,
    block: { steps: [{ name: "code", step: silent }] },
  }));
  return [{ name: "asking", block: blockFrom(asking) }, ...others];
}

const itemsOf = (count: number) => (view: AnyView) =>
  Array.from({ length: count }, (_, index) => `${digest(view)}-${index}`);

function blockFrom(shapes: readonly Shape[]): Block {
  return { steps: shapes.map((shape, index): NamedStep => ({ name: `s${index}`, step: stepFrom(shape) })) };
}

function pipelineFrom(shapes: readonly Shape[]): AnyPipeline {
  const begin = definePipeline({ name: "random", version: 1, input: z.object({ text: z.string() }) });
  // The types cannot follow a pipeline that is made at random.
  const add = (builder: typeof begin, { name, step }: NamedStep) =>
    builder.step(name as never, stepOf(step)) as unknown as typeof begin;
  return blockFrom(shapes).steps.reduce(add, begin);
}

/** A store that keeps nothing any more once its process is dead. */
class MortalCheckpoints implements CheckpointStore {
  readonly #store: CheckpointStore;
  readonly #isDead: () => boolean;

  constructor(store: CheckpointStore, isDead: () => boolean) {
    this.#store = store;
    this.#isDead = isDead;
  }

  read(runId: string) {
    return this.#store.read(runId);
  }

  async write(runId: string, entry: Parameters<CheckpointStore["write"]>[1]): Promise<string> {
    return this.#isDead() ? entry.text : this.#store.write(runId, entry);
  }

  remove(runId: string, stepPaths: readonly string[]) {
    return this.#store.remove(runId, stepPaths);
  }

  clear(runId: string) {
    return this.#store.clear(runId);
  }
}

it("a run killed at any event and resumed gives the same bytes, and asks nothing twice", async () => {
  await using simulator = await startSimulator({
    limits: { perMinute: 1e6, perDay: 1e6 },
    keepBodies: false,
  });
  const models = openRouter({
    apiKey: "k",
    baseUrl: simulator.url,
    rules: { perMinute: 1e6, perDay: 1e6, gapMs: 0 },
  });
  const requests = () => simulator.usedToday();

  /** One life of a run; with `dieAt` it ends at that event: told to stop, or dead at once with nothing written after. */
  async function live(
    pipeline: AnyPipeline,
    {
      store,
      dieAt = Number.POSITIVE_INFINITY,
      hard = false,
    }: { store: CheckpointStore; dieAt?: number; hard?: boolean },
  ): Promise<{ output: string | undefined; events: RunEvent[]; asked: number }> {
    const events: RunEvent[] = [];
    const stop = new AbortController();
    const isDead = () => hard && events.length > dieAt;
    const before = requests();
    const onEvent = (event: RunEvent) => {
      if (events.length <= dieAt) events.push(event);
      if (events.length > dieAt) stop.abort(new Error("killed"));
    };
    const runtime = { models, checkpoints: new MortalCheckpoints(store, isDead), onEvent };
    const options = { runId: "r", signal: stop.signal, requestBudget: 10_000 };
    const result = await runPipeline(pipeline, { text: "begin" }, runtime, options).catch(
      (error: unknown) => {
        if (!stop.signal.aborted) throw error;
      },
    );
    const output = result === undefined ? undefined : JSON.stringify(result.output);
    return { output, events, asked: requests() - before };
  }

  await fc.assert(
    fc.asyncProperty(block, async (shapes) => {
      const pipeline = pipelineFrom(shapes);
      const whole = await live(pipeline, { store: new MemoryCheckpoints() });
      const boundaries = Math.min(whole.events.length - 1, 40);
      for (let dieAt = 0; dieAt < boundaries; dieAt++) {
        for (const hard of [false, true]) {
          const store = new MemoryCheckpoints();
          const first = await live(pipeline, { store, dieAt, hard });
          const second = await live(pipeline, { store });
          expect(second.output).toBe(whole.output);
          // Who dies between the answer and its record has lost that one answer.
          const lost = hard && first.events.at(-1)?.type === "step.attempt" ? 1 : 0;
          expect(first.asked + second.asked).toBe(whole.asked + lost);
        }
      }
    }),
    { numRuns: 12, seed: 20, endOnFailure: true },
  );
}, 120_000);
