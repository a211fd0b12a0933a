import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { z } from "zod";

const run = promisify(execFile);

/**
 * Imports a built entry in a fresh process and does some work, while V8 itself tells of every script that it compiles:
 * ES modules and CommonJS alike.
 */
const PROBE = `
  import { Session } from "node:inspector";
  const loaded = new Set();
  const session = new Session();
  session.connect();
  session.on("Debugger.scriptParsed", ({ params }) => loaded.add(params.url));
  session.post("Debugger.enable");
  const entry = await import(process.argv[1]);
  const work = (0, eval)(process.argv[2]);
  await work(entry);
  console.log(JSON.stringify([...loaded]));
`;

/** The packages that were loaded, by name. */
async function packagesLoadedBy(entry: string, work = "() => {}"): Promise<string[]> {
  const url = new URL(`../../dist/${entry}`, import.meta.url).href;
  const args = ["--input-type=module", "--eval", PROBE, url, work];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 64 * 1024 * 1024 });
  const scripts = z.array(z.string()).parse(JSON.parse(stdout));
  expect(scripts).toContain(url);
  const names = scripts.flatMap(
    (script) => /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(script)?.slice(1) ?? [],
  );
  return [...new Set(names)].sort();
}

const LANGCHAIN = /^(@langchain\/.*|langchain|langsmith|js-tiktoken|openai)$/;
const RUN = `({ runPipeline, definePipeline, code }) => {
  const any = { "~standard": { version: 1, vendor: "test", validate: (value) => ({ value }) } };
  const pipeline = definePipeline({ name: "one", version: 1, input: any })
    .step("size", code({ output: any, run: ({ input }) => input.length }));
  return runPipeline(pipeline, "text", { models: {} });
}`;

describe("the main entry", () => {
  it("loads nothing of LangChain and its company", async () => {
    const loaded = await packagesLoadedBy("index.js");
    expect(loaded).toContain("zod");
    expect(loaded.filter((name) => LANGCHAIN.test(name))).toEqual([]);
  });

  it("runs a pipeline without LangChain, and without OpenTelemetry where no SDK is registered", async () => {
    const loaded = await packagesLoadedBy("index.js", RUN);
    expect(loaded.filter((name) => LANGCHAIN.test(name) || name.startsWith("@opentelemetry/"))).toEqual([]);
  });
});

describe("the entry for LangChain", () => {
  it("is the one that loads it", async () => {
    const loaded = await packagesLoadedBy(
      "langchain.js",
      "({ toRunnable, runnable, chatModel }) => chatModel({})",
    );
    expect(loaded).toEqual(expect.arrayContaining(["@langchain/core", "@langchain/openai"]));
    expect(loaded).not.toContain("langchain");
  });
});
