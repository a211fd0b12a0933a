import { AsyncLocalStorage } from "node:async_hooks";
import { RunnableLambda } from "@langchain/core/runnables";
import { AsyncLocalStorageProviderSingleton } from "@langchain/core/singletons";
import { beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { runPipeline } from "../executor/run-pipeline.ts";
import { withRuntime } from "../executor/simulated-runtime.fixture.ts";
import { definePipeline } from "../pipeline/define-pipeline.ts";
import { code } from "../pipeline/steps/code.ts";
import { Heard } from "./heard.fixture.ts";
import { toRunnable } from "./pipeline-runnable.ts";
import { runnable } from "./runnable-step.ts";

const upper = RunnableLambda.from((word: string) => word.toUpperCase()).withConfig({ runName: "upper" });
const shouting = definePipeline({ name: "shouting", version: 1, input: z.object({ text: z.string() }) })
  .step("shout", runnable({ runnable: upper, input: ({ input }) => input.text, output: z.string() }))
  .step("size", code({ output: z.number(), run: ({ steps }) => steps.shout.length }));

describe("where LangChain hands its config on by itself", () => {
  beforeAll(() => {
    AsyncLocalStorageProviderSingleton.initializeGlobalInstance(new AsyncLocalStorage());
  });

  it("a pipeline inside a chain is heard of without being passed the config", () =>
    withRuntime(async (runtime) => {
      const heard = new Heard();
      const inner = toRunnable(shouting, runtime);
      const outer = RunnableLambda.from((text: string) => inner.invoke({ text })).withConfig({
        runName: "outer",
      });
      const config = { callbacks: [heard], tags: ["night"], metadata: { tenant: "acme" } };
      expect(await outer.invoke("abc", config)).toBe(3);
      expect(heard.parentOf("shouting")).toBe("outer");
      expect(heard.parentOf("shout")).toBe("shouting");
      expect(heard.parentOf("upper")).toBe("shout");
      expect(heard.run("shout")).toMatchObject({
        tags: expect.arrayContaining(["night"]),
        metadata: expect.objectContaining({ tenant: "acme" }),
      });
    }));

  it("a pipeline that is not a Runnable runs all the same", () =>
    withRuntime(async (runtime) => {
      const outer = RunnableLambda.from((text: string) => runPipeline(shouting, { text }, runtime));
      expect(await outer.invoke("abc", { callbacks: [new Heard()] })).toMatchObject({ output: 3 });
    }));

  it("two pipelines at the same time keep their steps apart", () =>
    withRuntime(async (runtime) => {
      const heard = [new Heard(), new Heard()];
      const chain = toRunnable(shouting, runtime);
      await Promise.all(heard.map((one) => chain.invoke({ text: "abc" }, { callbacks: [one] })));
      for (const one of heard) {
        expect(one.runs.map(({ name }) => name)).toEqual(["shouting", "shout", "upper", "size"]);
        expect(one.parentOf("upper")).toBe("shout");
      }
    }));
});
