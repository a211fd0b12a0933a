import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, test } from "vitest";
import { makeFolder } from "./folder.ts";
import { sluice } from "./spawn-sluice.ts";

const redis = await startRedisServer();
afterAll(() => redis?.stop());

/** Steps that throw where nobody waits, as the text says: while their function is at work, or when it has returned. */
const config = `
import { code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const fail = () => setTimeout(() => { throw new TypeError("out of reach"); }, 5);
const stray = definePipeline({ name: "stray", version: 1, input: z.object({ text: z.string() }) })
  .step("work", code({ output: z.string(), run: ({ input }) => {
    if (input.text.includes("during")) return new Promise<string>(() => void fail());
    if (input.text.includes("after")) fail();
    return input.text;
  } }))
  .step("rest", code({ output: z.string(), run: async ({ steps }) => {
    await new Promise((resolve) => setTimeout(resolve, 50));
    return steps.work;
  } }));
export default defineConfig({ pipelines: [stray], simulate: "always" });
`;

describe.skipIf(redis === null)("an error that nobody catches", { timeout: 60_000 }, () => {
  test("fails the run whose step is at work, or is told of; the process and all other runs go on", async () => {
    await using folder = await makeFolder({
      "sluice.config.ts": config,
      "a.txt": "during",
      "b.txt": "after",
      "c.txt": "never",
    });
    const options = { cwd: folder.path, env: { SLUICE_REDIS_URL: redis?.url ?? "" } };
    const { code, stderr } = await sluice(["run", "stray", "a.txt", "b.txt", "c.txt"], options);
    expect(stderr).toContain('Step "work" threw TypeError: out of reach');
    expect(stderr).toContain(
      'error: TypeError: out of reach\n  Step "work" left it behind when its function had returned; no run fails for it.',
    );
    expect(stderr).toContain("2 of 3 done, 1 failed");
    expect(code).toBe(3);
  });
});
