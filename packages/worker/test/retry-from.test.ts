import { type AnyPipeline, code, definePipeline, map } from "@sluice/core";
import {
  type Backend,
  cancel,
  createRegistry,
  prune,
  type RunRecord,
  resultLine,
  retry,
} from "@sluice/worker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { inState, outputOf, type Place, placesOfTest, putOne, workOn } from "./places.ts";

/** Counts how often each step runs; the last one throws while `broken.is`. */
function counting(version = 1) {
  const calls = { split: 0, note: 0, check: 0, join: 0 };
  const broken = { is: false };
  const count = (step: keyof typeof calls) => {
    calls[step] += 1;
    return `${step} ${calls[step]}`;
  };
  const step = (name: keyof typeof calls) => code({ output: z.string(), run: () => count(name) });
  const pipeline = definePipeline({ name: "notes", version, input: z.object({ amount: z.number() }) })
    .step("split", step("split"))
    .step(
      "notes",
      map({
        over: () => [1, 2, 3],
        each: (item) => item.step("note", step("note")).step("check", step("check")),
      }),
    )
    .step(
      "join",
      code({
        output: z.string(),
        run: () => {
          if (broken.is) throw new Error("broken");
          return count("join");
        },
      }),
    );
  return { pipeline, calls, broken };
}

describe.each(await placesOfTest())("a retry from a step, on $name", ({ isPresent, make, stop }) => {
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
  const retryFrom = async (run: RunRecord, pipelines: AnyPipeline[], from: string) => {
    const [retried] = await retry(backend, createRegistry(pipelines), [run], { from });
    return retried?.how;
  };

  /** A run that is finished, and how often its steps ran. */
  async function finished(status: "completed" | "failed" = "completed") {
    const made = counting();
    made.broken.is = status === "failed";
    const run = await putOne(backend, made.pipeline);
    await using _worker = await workOn(backend, [made.pipeline]);
    const record = await inState(backend, run.id, status);
    made.broken.is = false;
    return { ...made, run: record };
  }

  promise("does the step and everything after it again, also of a run that is completed", async () => {
    const { run, pipeline, calls } = await finished();
    expect(await retryFrom(run, [pipeline], "notes/*/check")).toBe("continued");
    const queued = await backend.runs.get(run.id);
    expect(queued).toMatchObject({ status: "queued", finishedAt: null });
    expect(await backend.runs.countByStatus(run.batchId)).toMatchObject({ queued: 1, completed: 0 });
    if (queued) expect(resultLine(queued, await backend.runs.readOutput(run.id)).output).toBeNull();
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("join 2");
    expect(calls).toEqual({ split: 1, note: 3, check: 6, join: 2 });
  });

  promise("does one item of a map again when its path is given", async () => {
    const { run, pipeline, calls } = await finished("failed");
    expect(await retryFrom(run, [pipeline], "notes/1/note")).toBe("continued");
    await using _worker = await workOn(backend, [pipeline]);
    expect(await outputOf(backend, run.id)).toBe("join 1");
    expect(calls).toEqual({ split: 1, note: 4, check: 4, join: 1 });
  });

  promise("changes nothing when there is no such step, and says which there are", async () => {
    const { run, pipeline } = await finished();
    const recorded = await backend.checkpoints.read(run.id);
    await expect(retryFrom(run, [pipeline], "nots")).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message:
        'A run cannot begin again at "nots"; it can at: split, notes, notes/*/note, notes/*/check, join.',
    });
    expect(await backend.checkpoints.read(run.id)).toEqual(recorded);
    expect((await backend.runs.get(run.id))?.status).toBe("completed");
  });

  promise(
    "leaves a run alone that is not finished, whose definition is another, or whose input is gone",
    async () => {
      const { run, pipeline } = await finished();
      const [newer] = [counting(2).pipeline];
      expect(await retryFrom(run, [newer], "join")).toBe("changed");
      const queued = await putOne(backend, pipeline);
      expect(await retryFrom(queued, [pipeline], "join")).toBe("unchanged");
      await cancel(backend, [queued]);
      await prune(backend, {
        olderThanMs: 0,
        parts: ["input"],
        clock: { ...clock, now: () => Date.now() + 1 },
      });
      expect(await retryFrom(run, [pipeline], "join")).toBe("noInput");
      expect((await backend.runs.get(run.id))?.status).toBe("completed");
      expect((await backend.checkpoints.read(run.id)).has("join")).toBe(true);
    },
  );
});

const clock = { sleep: async () => {} };
