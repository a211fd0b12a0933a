import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { format } from "node:util";
import { context, trace } from "@opentelemetry/api";
import { type AnyPipeline, code, definePipeline, llm, openRouter, runPipeline } from "@sluice/core";
import { chatModel, toRunnable } from "@sluice/core/langchain";
import { startSimulator } from "@sluice/simulator";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { z } from "zod";
import { guideRuns } from "./guide.fixture.ts";
import { codeBlocks, markdownFiles } from "./markdown.ts";
import { root } from "./source-files.ts";

// Every block of TypeScript in docs/guide is a program of its own. One that prints is followed by a block of plain text:
// what it prints on the simulator. Another one exports a pipeline: `guideRuns` says what to run it on, and a block of
// JSON that follows is its output. One that shows what the compiler refuses does no more than load.

interface Program {
  /** Where it stands: `docs/guide/steps.md:12`. */
  place: string;
  code: string;
  path: string;
  /** The block that follows it, when that is not a program. */
  shown: { language: string; code: string } | undefined;
}

const folder = join(root, "test/.cache/guide");
const home = mkdtempSync(join(tmpdir(), "sluice-guide-"));

const programs = [...markdownFiles()].flatMap(([file, markdown]): Program[] => {
  if (!file.startsWith("docs/guide/")) return [];
  const blocks = codeBlocks(file, markdown);
  return blocks.flatMap(({ language, line, code }, index) => {
    if (language !== "ts") return [];
    const path = join(folder, `${file.replaceAll(/[/.]/g, "-")}-${line}.ts`);
    const next = blocks[index + 1];
    return [{ place: `${file}:${line}`, code, path, shown: next?.language === "ts" ? undefined : next }];
  });
});
const printing = programs.filter(({ code }) => code.includes("console.log("));
const refused = programs.filter(({ code }) => code.includes("@ts-expect-error"));
const defining = programs.filter((program) => !printing.includes(program) && !refused.includes(program));

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { path, code } of programs) writeFileSync(path, code);
});

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  trace.disable();
  context.disable();
});

afterAll(() => rmSync(home, { recursive: true, force: true }));

describe("the guide", () => {
  it.each(printing)("prints what it says it prints: $place", async ({ path, shown }) => {
    await using simulator = await startSimulator();
    vi.stubEnv("OPENROUTER_API_KEY", "k");
    vi.stubEnv("OPENROUTER_BASE_URL", simulator.url);
    vi.stubEnv("SLUICE_HOME", home);
    const lines: string[] = [];
    vi.spyOn(console, "log").mockImplementation((...said: unknown[]) => void lines.push(format(...said)));
    await import(path);
    expect(shown).toMatchObject({ language: "text", code: `${lines.join("\n")}\n` });
  });

  it.each(defining)("defines a pipeline that runs: $place", async ({ path, shown }) => {
    const [pipeline, ...others] = await pipelinesOf(path);
    if (!pipeline || others.length > 0) throw new Error("The program must export one pipeline");
    const run = guideRuns[pipeline.name];
    if (!run) throw new Error(`test/guide.fixture.ts says nothing of pipeline "${pipeline.name}"`);
    await using simulator = await startSimulator();
    const models = openRouter({ apiKey: "k", baseUrl: simulator.url });
    const result = runPipeline(pipeline, run.input, { models });
    if ("error" in run) return expect(result).rejects.toMatchObject(Object(run.error));
    const { output, requests } = await result;
    expect(output).toEqual(shown?.language === "json" ? JSON.parse(shown.code) : run.output);
    expect(requests).toBe(run.requests);
  });

  it.each(refused)("shows refused code in a program that loads: $place", async ({ path }) => {
    await expect(import(path)).resolves.toBeDefined();
  });

  it("has a program for every run of the fixture", async () => {
    const exported = await Promise.all(defining.map(({ path }) => pipelinesOf(path)));
    const names = exported.flat().map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(guideRuns).sort());
  });
});

async function pipelinesOf(path: string): Promise<AnyPipeline[]> {
  const exported = Object.values((await import(path)) as Record<string, unknown>);
  return exported.filter(
    (value): value is AnyPipeline => typeof value === "object" && value !== null && "fingerprint" in value,
  );
}

it("is right about what LangSmith is told", async () => {
  const posted: string[] = [];
  const langSmith = createServer(async (request, response) => {
    posted.push(await textOf(request));
    response.setHeader("content-type", "application/json").end("{}");
  });
  await new Promise<void>((resolve) => langSmith.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("LANGSMITH_ENDPOINT", `http://127.0.0.1:${(langSmith.address() as AddressInfo).port}`);
  vi.stubEnv("LANGSMITH_API_KEY", "k");
  vi.stubEnv("LANGSMITH_TRACING", "true");
  try {
    await using simulator = await startSimulator();
    const models = openRouter({ apiKey: "k", baseUrl: simulator.url });
    const pipeline = definePipeline({ name: "told", version: 1, input: z.object({ text: z.string() }) })
      .step("asked", llm({ prompt: ({ input }) => `THE-PROMPT ${input.text}` }))
      .step("size", code({ output: z.number(), run: ({ steps }) => steps.asked.length }));
    await runPipeline(pipeline, { text: "PLAIN-INPUT" }, { models });
    await toRunnable(pipeline, { models }).invoke({ text: "RUNNABLE-INPUT" });
    await expect.poll(() => posted.join(), { timeout: 10_000 }).toContain("RUNNABLE-INPUT");
    await expect.poll(() => posted.join(), { timeout: 10_000 }).toContain('"asked"');
    await chatModel(models).invoke("CHAT-PROMPT");
    await expect.poll(() => posted.join(), { timeout: 10_000 }).toContain("CHAT-PROMPT");
    expect(posted.join()).not.toMatch(/PLAIN-INPUT|THE-PROMPT/);
  } finally {
    langSmith.closeAllConnections();
    langSmith.close();
  }
});
