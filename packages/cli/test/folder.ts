import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { putEmptyStore } from "../../../test/empty-store.ts";

/** A folder of its own for a test; `await using` removes it. */
export interface Folder extends AsyncDisposable {
  path: string;
  remove(): Promise<void>;
}

/** Makes a temporary folder with files in it. */
export async function makeFolder(files: Record<string, string> = {}): Promise<Folder> {
  const path = await realpath(await mkdtemp(join(tmpdir(), "sluice-cli-")));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  const remove = () => rm(path, { recursive: true, force: true });
  return { path, remove, [Symbol.asyncDispose]: remove };
}

/** The same with an embedded store that was never used; that takes a tenth of the time that making one takes. */
export async function makeProject(files: Record<string, string> = {}): Promise<Folder> {
  const folder = await makeFolder(files);
  await putProjectStore(folder.path);
  return folder;
}

/** Puts an embedded store that was never used into a project. */
export async function putProjectStore(path: string): Promise<void> {
  await mkdir(join(path, ".sluice"), { mode: 0o700 });
  await putEmptyStore(join(path, ".sluice"));
}

/** A configuration with one pipeline `titles`, for folders that nothing is installed in. */
export const titlesConfig = (options = "", models = ""): string => `
import { defineConfig, definePipeline, llm } from "@sluice/core";
import { z } from "zod";

const titles = definePipeline({ name: "titles", version: 1, input: z.object({ text: z.string() }) }).step(
  "title",
  llm({
    output: z.object({ title: z.string() }),
    prompt: ({ input }: { input: { text: string } }) => "Give the title.\\n\\n<document>\\n" + input.text + "\\n</document>",
    ${models}
  }),
);
export default defineConfig({ pipelines: [titles], ${options} });
`;

/** A configuration with one pipeline `payments`, which asks a person and no model. */
export const paymentsConfig = (options = ""): string => `
import { approve, code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const payments = definePipeline({ name: "payments", version: 1, input: z.object({ text: z.string() }) })
  .step("release", approve({
    decision: z.object({ ok: z.boolean(), note: z.string().default("") }),
    question: ({ input }) => "Pay what " + input.text.trim() + " asks?",
  }))
  .step("pay", code({ output: z.string(), run: ({ steps }) => (steps.release.ok ? "paid" : "kept") }));
export default defineConfig({ pipelines: [payments], simulate: "always", ${options} });
`;

/** A configuration with one pipeline `checks`, whose second step fails when the text contains `bad`. */
export const checksConfig = (bad: string): string => `
import { code, defineConfig, definePipeline } from "@sluice/core";
import { z } from "zod";

const checks = definePipeline({ name: "checks", version: 1, input: z.object({ text: z.string() }) })
  .step("length", code({ output: z.number(), run: ({ input }) => input.text.length }))
  .step("check", code({ output: z.boolean(), run: ({ input }) => {
    if (input.text.includes(${JSON.stringify(bad)})) throw new Error("not this one");
    return true;
  } }));
export default defineConfig({ pipelines: [checks], simulate: "always" });
`;
