import { code, definePipeline, queuedState, randomId, SluiceError, seal, sha256, unseal } from "@sluice/core";
import {
  approve,
  type Backend,
  type BatchRecord,
  batchProgress,
  cancel,
  createRegistry,
  find,
  keptEvents,
  type RunRecord,
  readResult,
  results,
  retry,
} from "@sluice/worker";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

/** Keys that make something else of data where a program is careless: prototypes, and marks by which classes are revived. */
const KEYS = [
  "__proto__",
  "constructor",
  "prototype",
  "lc",
  "type",
  "id",
  "kwargs",
  "toJSON",
  "then",
  "$ref",
  "@type",
];

const { json } = fc.letrec<{ json: string }>((tie) => ({
  json: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string().map((text) => JSON.stringify(`s1:j:${sha256(text).slice(0, 32)}:${text}`)),
    fc.constant('{"lc":1,"type":"constructor","id":["langchain","load"],"kwargs":{"polluted":true}}'),
    fc.constant('{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}'),
    fc
      .array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS), fc.string()), tie("json")), { maxLength: 5 })
      .map((entries) => `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(",")}}`),
    fc.array(tie("json"), { maxLength: 4 }).map((values) => `[${values.join(",")}]`),
  ),
}));

/** A key twice in one object is no JSON that we would ever write. */
const plainJson = json.map((text) => JSON.stringify(JSON.parse(text)));

const hostileIds = [
  ...[
    "../../etc/passwd",
    "%2e%2e",
    "*",
    "?",
    "{}",
    "{sluice}:run:x",
    "a\nb",
    "a\u0000b",
    "\ud800",
    "' OR 1=1 --",
    "%",
    "_",
  ],
  ...["__proto__", "constructor", "", "x".repeat(10_000)],
];

const anyPipeline = definePipeline({ name: "any", version: 1, input: z.unknown() }).step(
  "same",
  code({ output: z.number(), run: () => 1 }),
);

const prototypes = [Object.prototype, Array.prototype, Function.prototype].map(
  (prototype) => [prototype, Reflect.ownKeys(prototype)] as const,
);

function newRun(): { batch: BatchRecord; record: RunRecord } {
  const batch = { id: randomId(8), pipeline: "data", version: 1, createdAt: 1, total: 1 };
  const record: RunRecord = {
    ...queuedState(1),
    ...{
      id: randomId(12),
      batchId: batch.id,
      pipeline: "data",
      version: 1,
      fingerprint: "f",
      inputKey: null,
    },
    ...{ document: { id: null, name: "a.txt" }, fresh: false, priority: "normal" },
  };
  return { batch, record };
}

describe.each(await placesOfTest())("what is stored, on $name", ({ isPresent, make, stop }) => {
  let place: Place;
  let backend: Backend;
  beforeAll(async () => {
    place = await make();
    backend = await place.open();
  }, 120_000);
  afterAll(async () => {
    await backend.close();
    await place.remove();
    await stop();
  });
  const promise = it.skipIf(!isPresent);

  promise("comes back to the letter, whatever its keys are and whatever it looks like", async () => {
    await fc.assert(
      fc.asyncProperty(plainJson, async (text) => {
        const { batch, record } = newRun();
        await backend.runs.create(batch, [{ record, input: text }]);
        expect(await backend.runs.readInput(record.id)).toBe(text);
        await backend.checkpoints.write(record.id, { stepPath: "s", text: await seal(text), expected: null });
        const standing = (await backend.checkpoints.read(record.id)).get("s") ?? "";
        expect(await unseal(standing)).toBe(text);
        const ended = await backend.runs.update(record.id, (run) => ({ ...run, status: "completed" }), text);
        const line = await readResult(backend, ended?.run ?? record);
        expect(JSON.stringify(line.output)).toBe(text);
      }),
      { numRuns: 60 },
    );
    for (const [prototype, keys] of prototypes) expect(Reflect.ownKeys(prototype)).toEqual(keys);
    expect("polluted" in {}).toBe(false);
  });

  promise(
    "is found by no id that is none, in whatever way it is looked for, and is changed by none",
    async () => {
      const { batch, record } = newRun();
      await backend.runs.create(batch, [{ record, input: "1" }]);
      const before = await backend.runs.findIds("", 10_000);
      const registry = createRegistry([]);
      const { runs, checkpoints, queue } = backend;
      const doors: Record<string, (id: string) => Promise<unknown>> = {
        find: (id) => find(backend, id),
        get: (id) => runs.get(id),
        getMany: (id) => runs.getMany([id]),
        getBatch: (id) => runs.getBatch(id),
        readInput: (id) => runs.readInput(id),
        readOutput: (id) => runs.readOutput(id),
        update: (id) => runs.update(id, (run) => ({ ...run, status: "cancelled" })),
        remove: (id) => runs.remove([id], { isWanted: () => true }),
        checkpoints: async (id) => [...(await checkpoints.read(id))],
        clear: (id) => checkpoints.clear(id),
        unqueue: (id) => queue.remove(id),
        cancel: (id) => cancel(backend, [{ id }]),
        retry: (id) => retry(backend, registry, [{ ...record, id }]),
        approve: (id) => approve(backend, { run: id, pipeline: anyPipeline, decision: 1 }),
        results: async (id) => (await results(backend, { batchId: id }).next()).value,
        events: async (id) => (await keptEvents(backend, { runId: id }).next()).value,
        progress: (id) => batchProgress(backend, { id, total: 1 }),
      };
      for (const [door, open] of Object.entries(doors)) {
        for (const id of hostileIds) {
          const found = await open(id).catch((error: unknown) => error);
          const place = `${door} ${JSON.stringify(id).slice(0, 40)}`;
          if (found instanceof Error) expect(SluiceError.is(found), `${place}: ${found}`).toBe(true);
          else expect(`${JSON.stringify(found)}`, place).not.toContain(record.id);
        }
      }
      expect(await runs.findIds("", 10_000)).toEqual(before);
      expect(await runs.get(record.id)).toEqual(record);
    },
  );

  promise(
    "reaches a step, and what it gives its result, with every key that it was enqueued with",
    async () => {
      const pipeline = definePipeline({ name: `data-${randomId(6)}`, version: 1, input: z.looseObject({}) })
        .step("same", code({ output: z.unknown(), run: ({ input }) => input }))
        .step("again", code({ output: z.unknown(), run: ({ steps }) => steps.same }));
      await using _worker = await workOn(backend, [pipeline]);
      const input = { constructor: "ACME Bau GmbH", prototype: "Mk I", lc: 1, type: "constructor" };
      const { id } = await putOne(backend, pipeline, { input });
      expect(await outputOf(backend, id)).toMatchObject(input);
    },
  );
});
