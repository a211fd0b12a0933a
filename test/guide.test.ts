import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "node:util";
import { type AnyPipeline, openRouter, runPipeline } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import { context, trace } from "@opentelemetry/api";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { guideRuns } from "./guide.fixture.ts";
import { type CodeBlock, codeBlocks, markdownFiles } from "./markdown.ts";
import { root } from "./source-files.ts";

// A program of the guide is a block of TypeScript. It prints what the block of plain text behind it says; or it prints
// nothing and exports one pipeline, which is run on the input that the fixture names.

interface Program extends CodeBlock {
  /** Where it stands, for people: `docs/guide/steps.md:12`. */
  place: string;
  path: string;
  /** What it prints; undefined when no text follows it. */
  printed: string | undefined;
}

const folder = join(root, "test/.cache/guide");

const pages = [...markdownFiles()].filter(([file]) => file.startsWith("docs/guide/"));
const programs = pages.flatMap(([file, text]) => {
  const blocks = codeBlocks(file, text);
  return blocks.flatMap((block, index): Program[] => {
    if (block.language !== "ts") return [];
    const next = blocks[index + 1];
    const path = join(folder, `${file.replaceAll(/[/.]/g, "-")}-${block.line}.ts`);
    const printed = next?.language === "text" ? next.code : undefined;
    return [{ ...block, place: `${file}:${block.line}`, path, printed }];
  });
});

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

describe("the guide", () => {
  it.each(programs.filter(({ printed }) => printed !== undefined))(
    "prints what it says it prints: $place",
    async ({ path, printed }) => {
      await using simulator = await startSimulator();
      vi.stubEnv("OPENROUTER_API_KEY", "k");
      vi.stubEnv("OPENROUTER_BASE_URL", simulator.url);
      const lines: string[] = [];
      vi.spyOn(console, "log").mockImplementation((...said: unknown[]) => void lines.push(format(...said)));
      await import(path);
      expect(`${lines.join("\n")}\n`).toBe(printed);
    },
  );

  it.each(programs.filter(({ printed }) => printed === undefined))(
    "defines a pipeline that runs: $place",
    async ({ path }) => {
      const exported = Object.values((await import(path)) as Record<string, unknown>).filter(isPipeline);
      expect(exported).toHaveLength(1);
      for (const pipeline of exported) {
        const { input, output, requests } = runOf(pipeline.name);
        await using simulator = await startSimulator();
        const models = openRouter({ apiKey: "k", baseUrl: simulator.url });
        const result = await runPipeline(pipeline, input, { models });
        expect(result).toMatchObject({ output, requests });
      }
    },
  );

  it("has a program for every run of the fixture", async () => {
    const modules = await Promise.all(programs.filter(({ printed }) => printed === undefined).map(({ path }) => import(path)));
    const names = modules.flatMap((module) => Object.values(module as Record<string, unknown>).filter(isPipeline)).map(({ name }) => name);
    expect(names.sort()).toEqual(Object.keys(guideRuns).sort());
  });
});

function runOf(name: string) {
  const run = guideRuns[name];
  if (!run) throw new Error(`test/guide.fixture.ts says nothing of pipeline "${name}"`);
  return run;
}

function isPipeline(value: unknown): value is AnyPipeline {
  return typeof value === "object" && value !== null && "fingerprint" in value && "steps" in value;
}
