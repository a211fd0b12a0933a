import { code, definePipeline, openRouter, queuedState, randomId, systemClock } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { type Backend, type ClosedIntake, createRegistry, type RunRecord, startWorker } from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startChores } from "../src/worker/chores.ts";
import { takeTurn } from "../src/worker/turn.ts";
import { upkeepOf } from "../src/worker/upkeep.ts";
import { outputOf, type Place, placesOfTest } from "./places.ts";
import { withStoreClock } from "./store-clock.ts";

const pipeline = definePipeline({ name: "plain", version: 1, input: z.object({}) }).step(
  "work",
  code({ output: z.string(), run: () => "done" }),
);
const models = openRouter({ apiKey: "nobody", baseUrl: "http://127.0.0.1:9" });

describe.each(await placesOfTest())("upkeep by workers, on $name", ({ isPresent, make, stop }) => {
  let place: Place;
  let backend: Backend;

  beforeAll(async () => {
    place = await make();
    backend = await place.open();
  });

  afterAll(async () => {
    await backend.close();
    await place.remove();
    await stop();
  });

  const promise = it.skipIf(!isPresent);

  /** What a client leaves behind that dies after it has stored a run. */
  async function storeOnly(more: Partial<RunRecord> = {}): Promise<string> {
    const { name, version, fingerprint } = pipeline;
    const batch = { id: randomId(8), pipeline: name, version, createdAt: Date.now(), total: 1 };
    const rest = {
      document: { id: null, name: "a.txt" },
      fresh: false,
      priority: "normal",
      inputKey: null,
    } as const;
    const record: RunRecord = {
      ...{ id: randomId(12), batchId: batch.id, pipeline: name, version, fingerprint },
      ...rest,
      ...queuedState(Date.now()),
      ...more,
    };
    await backend.runs.create(batch, [{ record, input: "{}" }]);
    return record.id;
  }

  promise("a run whose client died before it had queued it is taken up without a restart", async () => {
    const registry = createRegistry([pipeline]);
    await using _worker = await startWorker({ backend, models, registry, reconcileEveryMs: 100 });
    const queued = await storeOnly();
    const parked = await storeOnly({ status: "parked", parkedUntil: Date.now() + 300, parkedWhy: "delay" });
    expect(await outputOf(backend, queued)).toBe("done");
    expect(await outputOf(backend, parked)).toBe("done");
  });

  promise("what is held is left until it is not, and what fails is told and done again", async () => {
    const done = { held: 0, open: 0 };
    let isHeld = true;
    const errors: unknown[] = [];
    const held = {
      name: `held-${randomId(6)}`,
      everyMs: 10,
      isHeld: () => isHeld,
      work: async () => ++done.held,
    };
    const work = async () => {
      done.open += 1;
      if (done.open === 1) throw new Error("once");
    };
    const stopChores = startChores([held, { name: `open-${randomId(6)}`, everyMs: 10, work }], {
      backend,
      onError: (error) => void errors.push(error),
    });
    await expect.poll(() => done.open, { timeout: 15_000 }).toBeGreaterThan(5);
    expect(done.held).toBe(0);
    expect(errors).toEqual([new Error("once")]);
    isHeld = false;
    await expect.poll(() => done.held, { timeout: 15_000 }).toBeGreaterThan(1);
    await stopChores();
  });

  promise("nothing is looked for while the account is closed", () => {
    const heldBy = (closed: ClosedIntake | null) =>
      upkeepOf({ backend, retention: { runsMs: 1 } }, { clock: systemClock, intake: { closed } }).map(
        ({ name, isHeld }) => [name, isHeld?.() ?? false],
      );
    expect(heldBy({ until: 0, why: "day" })).toEqual([
      ["reconcile", true],
      ["retention", false],
    ]);
    expect(heldBy(null)[0]).toEqual(["reconcile", false]);
  });

  promise("a turn is taken by one of many, and again when its time has passed", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 22));
    const cell = () => withStoreClock(backend, clock).cell("turn:test");
    const take = async () => {
      const turns = await Promise.all(Array.from({ length: 10 }, () => takeTurn(cell(), 1_000)));
      return turns.filter((turn) => turn !== undefined);
    };
    const first = clock.now();
    expect(await take()).toEqual([{ now: first, before: null }]);
    clock.advance(999);
    expect(await take()).toEqual([]);
    clock.advance(1);
    expect(await take()).toEqual([{ now: first + 1_000, before: first }]);
    clock.advance(-500_000);
    expect(await take()).toHaveLength(1);
    await cell().swap((await cell().read()).text, "damaged");
    expect(await take()).toHaveLength(1);
  });
});
