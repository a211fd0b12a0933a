import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

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
