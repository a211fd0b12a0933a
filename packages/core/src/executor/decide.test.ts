import { expect, it } from "vitest";
import { z } from "zod";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { approve } from "../pipeline/steps/approve.ts";
import { sub } from "../pipeline/steps/sub.ts";
import { decide, decisionPath } from "./decide.ts";
import { runPipeline } from "./run-pipeline.ts";
import { withRuntime } from "./simulated-runtime.fixture.ts";

const begin = (name: string) => definePipeline({ name, version: 1, input: z.object({}) });
const asking = approve({ decision: z.object({ ok: z.boolean() }), question: () => "?" });

it("finds a step inside another pipeline, also where its name is not told twice", () =>
  withRuntime(async (runtime) => {
    const inner = begin("ok").step("ok", asking);
    const outer = begin("outer").step(
      "release",
      sub(inner, () => ({})),
    );
    const run = () => runPipeline(outer, {}, runtime, { runId: "r" });
    await expect(run()).rejects.toMatchObject({ code: "WAITING", step: "release/ok" });
    const step = "release/ok";
    await decide(runtime.checkpoints, { runId: "r", pipeline: outer, step, decision: { ok: true } });
    expect((await run()).output).toEqual({ ok: true });
  }));

it("replaces a decision that was damaged in the store", () =>
  withRuntime(async ({ checkpoints }) => {
    const pipeline = begin("one").step("ok", asking);
    await checkpoints.write("r", { stepPath: decisionPath("ok"), text: "damaged", expected: null });
    const decision = { ok: true };
    expect(await decide(checkpoints, { runId: "r", pipeline, step: "ok", decision })).toEqual(decision);
  }));
