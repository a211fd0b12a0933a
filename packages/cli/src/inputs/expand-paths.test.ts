import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Folder, makeFolder } from "../../test/folder.ts";
import { expandPaths } from "./expand-paths.ts";

let folder: Folder;

beforeAll(async () => {
  folder = await makeFolder({
    "in/b.txt": "",
    "in/a.pdf": "",
    "in/deep/c.md": "",
    "in/photo.png": "",
    "in/.env": "",
    "in/.git/config": "",
    "in/node_modules/x/readme.md": "",
    "in/[1].txt": "",
    "empty/.hidden": "",
  });
  await symlink(folder.path, join(folder.path, "in/loop"));
});

afterAll(() => folder.remove());

async function names(...paths: string[]): Promise<string[]> {
  const inputs = await expandPaths(paths, folder.path);
  return inputs.map((input) => (input.kind === "stdin" ? "-" : input.file.name));
}

const all = ["in/[1].txt", "in/a.pdf", "in/b.txt", "in/deep/c.md", "in/photo.png"];

describe("expandPaths", () => {
  test("takes a folder's files however deep, without dotfiles, node_modules and linked folders", async () => {
    expect(await names("in")).toEqual(all);
    expect(await names("./in/")).toEqual(all.map((name) => `./${name}`));
  });

  test("takes the matches of a glob", async () => {
    expect(await names("in/**/*.{txt,md}")).toEqual(["in/[1].txt", "in/b.txt", "in/deep/c.md"]);
    expect(await names(join(folder.path, "in/*.pdf"))).toEqual([join(folder.path, "in/a.pdf")]);
  });

  test("takes a file whose name looks like a glob for the file", async () => {
    expect(await names("in/[1].txt")).toEqual(["in/[1].txt"]);
  });

  test("keeps the order of the paths, and a file named twice comes once", async () => {
    expect(await names("in/photo.png", "-", "in")).toEqual(["in/photo.png", "-", ...all.slice(0, 4)]);
  });

  test.each(["missing.txt", "in/*.docx", "empty"])("refuses %j, which names nothing", async (path) => {
    await expect(names("in", path)).rejects.toMatchObject({ code: "DOCUMENT_NOT_FOUND", facts: { path } });
  });
});
