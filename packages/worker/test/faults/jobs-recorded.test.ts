import { type AnyPipeline, code, definePipeline } from "@sluice/core";
import { createRegistry, enqueue, type RunRecord, retry } from "@sluice/worker";
import { expect } from "vitest";
import { z } from "zod";
import { faultRow } from "./fault-row.ts";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in summaries.d.mts.
import { inputOf, summaries } from "./fixtures/summaries.mjs";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/** Runs that stand at their second step, the first one recorded: their requests were given up. */
async function begun(world: World, scene: Scene, documents: readonly string[]): Promise<RunRecord[]> {
  const hangs = documents.map(() => ({ kind: "hang" }) as const);
  world.simulator.script("*", ...hangs);
  await using worker = await WorkerHere.start(world);
  const batchId = await scene.enqueueHere(documents);
  const asked = () => world.arrivals(documents).length;
  await expect.poll(asked, { timeout: 20_000 }).toBe(documents.length);
  await worker.worker.close(0);
  const runs: RunRecord[] = [];
  for await (const run of worker.backend.runs.list({ batchId })) runs.push(run);
  return runs;
}

/** The pipeline of the scenes, changed: other steps, and another output. */
const changed = (version: number): AnyPipeline =>
  definePipeline({ name: "summaries", version, input: z.object({ name: z.string(), text: z.string() }) })
    .step("load", code({ output: z.string(), run: ({ input }) => input.text }))
    .step("measure", code({ output: z.number(), run: ({ steps }) => steps.load.length }));

const named = (runs: readonly RunRecord[], names: readonly string[]) =>
  runs.filter(({ document }) => names.includes(document.name));

onEachBackend("what is recorded is not what it should be", ["redis"], (world) => {
  faultRow("37", async () => {
    const damages: Array<(text: string) => string> = [
      (text) => text.replace("This is", "That is"),
      (text) => text.slice(0, text.length / 2),
      () => '{"answer": 42}',
      () => "",
    ];
    const scene = new Scene(world());
    const runs = await begun(world(), scene, scene.documents(damages.length));
    const backend = await world().open();
    for (const [place, run] of runs.entries()) {
      const sound = (await backend.checkpoints.read(run.id)).get("read") ?? "";
      const text = damages[place]?.(sound) ?? "";
      expect(text).not.toBe(sound);
      await backend.checkpoints.write(run.id, { stepPath: "read", text, expected: sound });
    }
    await backend.close();
    await using worker = await WorkerHere.start(world());
    await scene.check({ extraRequests: damages.length });
    const redone = worker.told.filter(
      ({ type, ["step"]: step }) => type === "step.completed" && step === "read",
    );
    expect(redone).toHaveLength(damages.length);
  });

  faultRow("38", async () => {
    const scene = new Scene(world());
    const [large = ""] = scene.documents(1, "large");
    await using worker = await WorkerHere.start(world());
    const text = "A page of text. ".repeat(400_000);
    const item = { document: { id: null, name: large }, input: { name: large, text } };
    const { batchId } = await enqueue(worker.backend, { pipeline: summaries, items: [item], total: 1 });
    scene.accept([large], batchId);
    await scene.enqueueHere(scene.documents(2));
    const [failed] = named(await scene.check({ unfinished: [large] }), [large]);
    expect(failed?.error).toMatchObject({ code: "OUTPUT_TOO_LARGE" });
    expect(failed?.error?.message).toMatch(/step "read" has 6400001 bytes/);
  });

  faultRow("39", async () => {
    const scene = new Scene(world());
    const kept = scene.documents(2, "kept");
    const left = scene.documents(2, "left");
    await begun(world(), scene, kept);
    {
      // The old version is still there, beside the new one.
      await using both = await WorkerHere.start(world(), { pipelines: [summaries, changed(2)] });
      await scene.finish(both.backend);
    }
    const stranded = await begun(world(), scene, left);
    await using only = await WorkerHere.start(world(), { pipelines: [changed(2)] });
    const runs = named(await scene.check({ extraRequests: 2, unfinished: left }), left);
    for (const { error } of runs) {
      expect(error).toMatchObject({ code: "VERSION_MISMATCH" });
      expect(error?.message).toContain("sluice retry");
    }
    const again = await retry(only.backend, createRegistry([changed(2)]), stranded);
    expect(again.map(({ how }) => how)).toEqual(["restarted", "restarted"]);
    const output = () => only.backend.runs.readOutput(stranded[0]?.id ?? "");
    await expect.poll(output, { timeout: 20_000 }).toBe(`${inputOf(left[0] ?? "").text.length}`);
  });

  faultRow("40", async () => {
    const scene = new Scene(world());
    const started = scene.documents(2, "started");
    const fresh = scene.documents(2, "fresh");
    await begun(world(), scene, started);
    await scene.enqueueHere(fresh);
    await using worker = await WorkerHere.start(world(), { pipelines: [changed(1)] });
    const runs = await scene.check({ unfinished: [...started, ...fresh] });
    expect(named(runs, started).map(({ error }) => error?.code)).toEqual([
      "VERSION_MISMATCH",
      "VERSION_MISMATCH",
    ]);
    expect(named(runs, fresh).map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(worker.told.filter(({ type }) => type === "step.completed")).toHaveLength(4);
  });
});
