import { setTimeout as sleep } from "node:timers/promises";
import type { Fault } from "@sluice/simulator";
import type { FaultProcess } from "./fault-process.ts";
import type { World } from "./world.ts";

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs at work in one process, and so the most requests that its death may waste. */
const CONCURRENCY = 3;
const MOST_WORKERS = 3;
/** Documents enqueued at a time. */
const DOCUMENTS = 4;

const points = ["permit", "beforeSend", "headersSent", "firstByte", "responseRead", "validated"] as const;
const laterPoints = ["checkpointed", "beforeComplete", "afterComplete"] as const;
const enqueuePoints = ["beforeStore", "stored", "queued"] as const;
const answers: readonly Fault[] = [
  { kind: "http", status: 503 },
  { kind: "upstream-429" },
  { kind: "reset" },
  { kind: "prose" },
  { kind: "empty" },
];

/** Does harm to a world, one thing after another, chosen by a seed. */
export class Nemesis {
  /** What it did, in order: what is printed when something was lost. */
  readonly deeds: string[] = [];
  /** How many requests all that may have wasted at most. */
  wasted = 0;
  /** Documents whose enqueueing was confirmed, by batch. */
  readonly accepted = new Map<string, readonly string[]>();
  readonly #world: World;
  readonly #random: () => number;
  readonly #names: string[];
  #workers: FaultProcess[] = [];
  readonly #clients: Promise<void>[] = [];

  /** @param names of the documents that it may enqueue. */
  constructor(world: World, names: readonly string[], seed: number) {
    this.#world = world;
    this.#random = randomOf(seed);
    this.#names = [...names];
  }

  /** Does harm for so long. */
  async rage(durationMs: number): Promise<void> {
    const endsAt = performance.now() + durationMs;
    this.#enqueue();
    while (performance.now() < endsAt) {
      this.#workers = this.#workers.filter((worker) => !worker.hasEnded);
      await this.#act();
      await sleep(100 + this.#random() * 500);
    }
  }

  /** Ends all harm: nobody is left who was hurt, and the store is there. */
  async heal(): Promise<void> {
    await Promise.all([...this.#clients, ...this.#workers.map((worker) => worker.kill())]);
    this.#workers = [];
    this.#note("healed");
  }

  async #act(): Promise<void> {
    const { length } = this.#workers;
    if (length < MOST_WORKERS && this.#random() < 0.6) return this.#start();
    const acts = [
      async () => this.#enqueue(),
      async () => this.#enqueue(),
      async () => this.#enqueue(),
      () => this.#spoilAnswers(),
      () => this.#crashRedis(),
      () => this.#hurt((worker) => worker.kill(), "killed"),
      () => this.#hurt((worker) => worker.send("SIGTERM"), "told to end"),
      () => this.#hurt((worker) => this.#suspend(worker), "suspended"),
    ];
    await this.#oneOf(acts)();
  }

  /** Workers that will die at some point, and now and then one that will not. */
  async #start(): Promise<void> {
    const point = this.#oneOf([...points, ...laterPoints]);
    const nth = 1 + Math.floor(this.#random() * 6);
    const action = this.#oneOf(["SIGKILL", "SIGKILL", `stall=${Math.round(300 + this.#random() * 3_000)}`]);
    const fault = this.#random() < 0.3 ? undefined : `${point}:${nth}:${action}`;
    this.#workers.push(this.#world.start("work", { fault, concurrency: CONCURRENCY, graceMs: 500 }));
    this.wasted += CONCURRENCY;
    this.#note(`worker started, ${fault ?? "sound"}`);
  }

  /** Clients that come and go meanwhile, some of which die over it. */
  #enqueue(): void {
    const documents = this.#names.splice(0, DOCUMENTS);
    const fault = this.#random() < 0.3 ? `${this.#oneOf(enqueuePoints)}:1:SIGKILL` : undefined;
    this.#clients.push(this.#confirm(this.#world.start("enqueue", { documents, fault }), documents));
  }

  async #confirm(client: FaultProcess, documents: readonly string[]): Promise<void> {
    await client.ended();
    const confirmed = client.told.find(({ type }) => type === "enqueued");
    if (confirmed) this.accepted.set(String(confirmed["batchId"]), documents);
    this.#note(`${DOCUMENTS} documents, ${confirmed ? "accepted" : "whose client was lost"}`);
  }

  async #spoilAnswers(): Promise<void> {
    const fault = this.#oneOf(answers);
    this.#world.simulator.script("*", fault);
    // The repair of an answer, and the next candidate.
    this.wasted += 2;
    this.#note(`next answer: ${fault.kind}`);
  }

  async #crashRedis(): Promise<void> {
    const { redis } = this.#world;
    if (redis === null) return;
    await redis.crash();
    await sleep(this.#random() * 1_500);
    await redis.revive();
    this.wasted += CONCURRENCY * this.#workers.length;
    this.#note("Redis crashed and came back");
  }

  async #suspend(worker: FaultProcess): Promise<void> {
    worker.send("SIGSTOP");
    // For less than its lock lasts, or for longer.
    await sleep(300 + this.#random() * 3_000);
    worker.send("SIGCONT");
  }

  async #hurt(deed: (worker: FaultProcess) => unknown, word: string): Promise<void> {
    const worker = this.#workers[Math.floor(this.#random() * this.#workers.length)];
    if (!worker) return;
    await deed(worker);
    this.wasted += CONCURRENCY;
    this.#note(`a worker was ${word}`);
  }

  #note(deed: string): void {
    this.deeds.push(`${new Date().toISOString().slice(14, 23)} ${deed}`);
  }

  #oneOf<T>(choices: readonly T[]): T {
    // The index is within the list: the number is below 1.
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}
