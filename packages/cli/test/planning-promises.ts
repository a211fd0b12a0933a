import { startSimulator } from "@sluice/simulator";
import { expect } from "vitest";
import { call } from "./call.ts";
import type { Folder } from "./folder.ts";

type Promises = Record<string, () => Promise<void>>;

/** A configuration with a packed step, and a pipeline that asks about each line on its own. */
const labelsConfig = `
import { classify, code, defineConfig, definePipeline, llm, map } from "@sluice/core";
import { z } from "zod";

const begin = (name) => definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const labels = { invoice: "asks to pay an amount of money", thanks: "thanks somebody" };
const kinds = (name, pack) => begin(name).step("kind", classify({ text: ({ input }) => input.text, labels, pack }));
const lines = begin("lines")
  .step("lines", code({ output: z.array(z.string()), run: ({ input }) => input.text.split(" ") }))
  .step("notes", map({ over: ({ steps }) => steps.lines, each: (line) => line.step("note", llm({ prompt: "x" })) }));
export default defineConfig({ pipelines: [kinds("kinds", true), kinds("singles", false), lines], concurrency: 64 });
`;

const letters = Object.fromEntries(
  Array.from({ length: 40 }, (_, n) => [`in/${n}.txt`, `Letter ${n}. Please pay 17 euros of money.`]),
);

/** What `plan` promises; part of the table of all commands' promises. */
export function planningPromises(
  folderWithStore: (files: Record<string, string>) => Promise<Folder>,
): Promises {
  const makeProject = async () => {
    const files = { ...letters, "in/copy.txt": letters["in/0.txt"] ?? "", "in/empty.txt": "" };
    const folder = await folderWithStore({ "sluice.config.ts": labelsConfig, ...files });
    const simulator = await startSimulator({ limits: { perMinute: 20, perDay: 50 } });
    const env = { OPENROUTER_BASE_URL: simulator.url };
    const type = (...argv: string[]) => call(argv, { cwd: folder.path, env, columns: 80 });
    const requests = () => simulator.journal.filter(({ path }) => path.endsWith("/chat/completions")).length;
    const close = async () => {
      await simulator.close();
      await folder.remove();
    };
    return { type, requests, [Symbol.asyncDispose]: close };
  };

  return {
    "says what a batch takes at no request, and is held to it by show": async () => {
      await using project = await makeProject();
      const { type, requests } = project;
      const before = await type("plan", "kinds", "in", "--json");
      const plan = JSON.parse(before.stdout);
      expect(requests()).toBe(0);
      expect(plan).toMatchObject({
        pipeline: "kinds",
        documents: { total: 42, unique: 40, failed: { total: 1, codes: { DOCUMENT_EMPTY: 1 } }, toRun: 41 },
        requests: { perItem: null, unpacked: { min: 40, max: 40 } },
        steps: [
          { step: "kind", questions: { min: 40, max: 40 }, cached: 1, isPacked: true, isEstimate: false },
        ],
        quota: { minute: { limit: 20, used: 0 }, day: { limit: 50, used: 0, left: 49 }, halted: null },
        advice: [],
      });
      expect(plan.requests.max).toBeLessThanOrEqual(6);
      expect((await type("runs", "ls")).stderr).toContain("No such run");

      expect((await type("run", "kinds", "in", "--plan", "--json")).stdout).toContain('"pipeline":"kinds"');
      expect(requests()).toBe(0);
      expect((await type("run", "kinds", "in")).code).toBe(3);
      const shown = await type("show", "latest-batch");
      expect(shown.stdout).toMatch(/^requests +\d+ planned, \d+ spent$/m);
      expect(shown.stdout).toMatch(/^kind +\S+:free +\d+ +not known yet$/m);
      const { plannedRequests, requests: spent } = JSON.parse(
        (await type("show", "latest-batch", "--json")).stdout,
      );
      expect(spent).toBe(requests());
      expect(Math.abs(plannedRequests - spent)).toBeLessThanOrEqual(2);

      const after = JSON.parse((await type("plan", "kinds", "in", "--json")).stdout);
      expect(after.documents).toMatchObject({ answered: 41, toRun: 0 });
      expect(after.requests.max).toBe(0);
    },
    "fits 80 columns, and says what to change": async () => {
      await using project = await makeProject();
      const { code, stdout } = await project.type("plan", "singles", "in");
      expect(code).toBe(0);
      expect(stdout).toMatch(/^42 documents, 40 requests, done (today|tomorrow) \d\d:\d\d UTC/);
      expect(stdout).toMatch(/^kind +40 +40 +1 +1 +\d+$/m);
      expect(stdout).toContain('- Step "kind" asks about short items one by one.');
      for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
    },
    "invents no number of items": async () => {
      await using project = await makeProject();
      const { stdout } = await project.type("plan", "lines", "in");
      expect(stdout).toMatch(/^42 documents, 0 requests and 1 per item of notes,/);
      expect(stdout).toMatch(/^notes\/\*\/note +41 per item of notes/m);
    },
  };
}
