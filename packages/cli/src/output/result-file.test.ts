import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { makeFolder } from "../../test/folder.ts";
import { checkResultPath, ResultFile } from "./result-file.ts";

describe("checkResultPath", () => {
  test.each([
    ["out.csv", "must end in .jsonl"],
    ["no/such/out.jsonl", "lies in a folder that does not exist"],
    ["there.jsonl/out.jsonl", "lies in a folder that does not exist"],
    ["there.jsonl", "exists already"],
  ])("refuses %s: it %s", async (given, rule) => {
    await using folder = await makeFolder({ "there.jsonl": "" });
    const checked = checkResultPath(given, { cwd: folder.path, force: false });
    await expect(checked).rejects.toMatchObject({
      code: "OPTION_INVALID",
      message: expect.stringContaining(rule),
    });
  });

  test("lets an existing file be replaced by force", async () => {
    await using folder = await makeFolder({ "there.jsonl": "" });
    const path = join(folder.path, "there.jsonl");
    expect(await checkResultPath("there.jsonl", { cwd: folder.path, force: true })).toEqual({ path });
  });
});

describe("ResultFile", () => {
  test("leaves the old file in place until the new one is whole", async () => {
    await using folder = await makeFolder({ "out.jsonl": "old\n" });
    const path = join(folder.path, "out.jsonl");
    {
      await using file = await ResultFile.begin({ path });
      await file.write({ a: 1 });
      expect(await readFile(path, "utf8")).toBe("old\n");
      await file.finish();
    }
    expect(await readFile(path, "utf8")).toBe('{"a":1}\n');
    expect(await readdir(folder.path)).toEqual(["out.jsonl"]);
  });

  test("leaves nothing behind when it is not finished", async () => {
    await using folder = await makeFolder();
    {
      await using file = await ResultFile.begin({ path: join(folder.path, "out.jsonl") });
      await file.write({ a: 1 });
    }
    expect(await readdir(folder.path)).toEqual([]);
  });
});
