import { join } from "node:path";
import { expect, test } from "vitest";
import { makeFolder, titlesConfig } from "../../test/folder.ts";
import { findConfigFile, loadConfigFile } from "./config-file.ts";

async function problemOf(text: string, files: Record<string, string> = {}): Promise<string> {
  await using folder = await makeFolder({ ...files, "sluice.config.ts": text });
  const error: unknown = await loadConfigFile(join(folder.path, "sluice.config.ts")).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ code: "CONFIG_INVALID" });
  return String(error).replaceAll(folder.path, "FOLDER");
}

test("loads TypeScript in a folder that nothing is installed in", async () => {
  await using folder = await makeFolder({ "sluice.config.ts": titlesConfig("concurrency: 2") });
  const config = await loadConfigFile(join(folder.path, "sluice.config.ts"));
  expect(config.concurrency).toBe(2);
  expect(config.pipelines.map((one) => one.name)).toEqual(["titles"]);
});

test("takes the plain object too", async () => {
  await using folder = await makeFolder({ "sluice.config.mjs": "export default { pipelines: [] };" });
  expect(await loadConfigFile(join(folder.path, "sluice.config.mjs"))).toEqual({ pipelines: [] });
});

test("names file and line of what does not compile", async () => {
  expect(await problemOf("export default {\n  pipelines: [,\n")).toMatch(
    /The configuration FOLDER\/sluice\.config\.ts cannot be used: ParseError: .*FOLDER\/sluice\.config\.ts:3:\d/,
  );
});

test("names the place of what throws, in a file that it imports too", async () => {
  const files = { "pipeline.ts": "\nexport const one = (undefined as unknown as { a: () => void }).a();\n" };
  expect(await problemOf('import { one } from "./pipeline.ts";\nexport default one;', files)).toMatch(
    /Cannot read properties of undefined .*\(at FOLDER\/pipeline\.ts:2:\d+\)/,
  );
});

test.each([
  ["export const config = 1;", "it has no default export"],
  ["export default { pipeline: [] };", "pipelines: Invalid input"],
  ["export default { pipelines: [], concurency: 3 };", 'Unrecognized key: "concurency"'],
  ["export default { pipelines: [], quota: { perDay: 0 } };", "quota.perDay: Too small"],
  [
    "export default { pipelines: [{ name: 'x' }] };",
    "pipelines[0]: is no pipeline; make it with definePipeline",
  ],
  [
    `import { definePipeline } from "@sluice/core";
     import { z } from "zod";
     export default { pipelines: [definePipeline({ name: "empty", version: 1, input: z.string() })] };`,
    "pipelines[0]: has no step",
  ],
])("says what is wrong with %j", async (text, problem) => {
  expect(await problemOf(text)).toContain(problem);
});

test("looks in the named folder only, and knows a named file that is missing", async () => {
  await using folder = await makeFolder({ "sluice.config.mjs": "", "below/a.txt": "" });
  expect(await findConfigFile(folder.path, undefined)).toBe(join(folder.path, "sluice.config.mjs"));
  expect(await findConfigFile(join(folder.path, "below"), undefined)).toBeUndefined();
  await expect(findConfigFile(folder.path, "other.ts")).rejects.toMatchObject({ code: "CONFIG_NOT_FOUND" });
});
