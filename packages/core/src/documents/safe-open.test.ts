import { spawnSync } from "node:child_process";
import { chmod, mkdir, mkdtemp, open, realpath, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readFileSafely } from "./safe-open.ts";

const GIGABYTE = 1024 ** 3;
let base: string;
let root: string;

beforeAll(async () => {
  base = await realpath(await mkdtemp(join(tmpdir(), "safe-open-")));
  root = join(base, "root");
  await mkdir(join(root, "folder.pdf"), { recursive: true });
  await mkdir(join(base, "root-neighbour"));
  await writeFile(join(root, "plain.txt"), "plain");
  await writeFile(join(root, "..odd.txt"), "odd");
  await writeFile(join(base, "outside.txt"), "outside");
  await writeFile(join(base, "root-neighbour", "near.txt"), "near");
  await symlink(join(base, "outside.txt"), join(root, "link-out.txt"));
  await symlink("..", join(root, "up"));
  await symlink("plain.txt", join(root, "link-in.txt"));
  await symlink("nowhere.txt", join(root, "dangling.txt"));
  await symlink("loop-b.txt", join(root, "loop-a.txt"));
  await symlink("loop-a.txt", join(root, "loop-b.txt"));
  await symlink("/dev/zero", join(root, "zero.txt"));
  const sparse = await open(join(root, "sparse.txt"), "w");
  await sparse.truncate(8 * GIGABYTE);
  await sparse.close();
});

afterAll(() => rm(base, { recursive: true }));

const read = (name: string) => readFileSafely(join(root, name), { name, root });

test.each([
  ["plain.txt", "plain"],
  ["link-in.txt", "plain"],
  ["..odd.txt", "odd"],
])("%s inside the root is read", async (name, content) => {
  expect(Buffer.from(await read(name)).toString()).toBe(content);
});

describe("refused at once", () => {
  test.each([
    ["link-out.txt", "DOCUMENT_UNREADABLE", "leads out of the folder"],
    ["up/outside.txt", "DOCUMENT_UNREADABLE", "leads out of the folder"],
    ["../outside.txt", "DOCUMENT_UNREADABLE", "leads out of the folder"],
    ["../root-neighbour/near.txt", "DOCUMENT_UNREADABLE", "leads out of the folder"],
    ["zero.txt", "DOCUMENT_UNREADABLE", "leads out of the folder"],
    ["folder.pdf", "DOCUMENT_UNREADABLE", "is a folder"],
    ["loop-a.txt", "DOCUMENT_UNREADABLE", "ELOOP"],
    ["plain.txt\0.pdf", "DOCUMENT_UNREADABLE", "cannot be opened"],
    ["dangling.txt", "DOCUMENT_NOT_FOUND", "does not exist"],
    ["missing.txt", "DOCUMENT_NOT_FOUND", "does not exist"],
    ["plain.txt/below", "DOCUMENT_NOT_FOUND", "does not exist"],
    ["sparse.txt", "DOCUMENT_TOO_LARGE", "over the limit of 52428800"],
  ])("%s", async (name, code, message) => {
    await expect(read(name)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
      facts: { document: name },
    });
  });

  test("a pipe that nobody writes to", async (context) => {
    const { status } = spawnSync("mkfifo", [join(root, "pipe.txt")]);
    context.skip(status !== 0, "this machine has no mkfifo");
    await expect(read("pipe.txt")).rejects.toMatchObject({
      code: "DOCUMENT_UNREADABLE",
      message: expect.stringContaining("is a pipe"),
    });
  });

  test("a device, also without a root", async () => {
    const reading = readFileSafely(join(root, "zero.txt"), { name: "zero.txt" });
    await expect(reading).rejects.toMatchObject({
      code: "DOCUMENT_UNREADABLE",
      message: expect.stringContaining("device"),
    });
  });

  test("a file one byte over the limit, but not one at it", async () => {
    const path = join(root, "plain.txt");
    await expect(readFileSafely(path, { name: "plain.txt", maxBytes: 4 })).rejects.toMatchObject({
      code: "DOCUMENT_TOO_LARGE",
      facts: { bytes: 5, maxBytes: 4 },
    });
    expect(await readFileSafely(path, { name: "plain.txt", maxBytes: 5 })).toHaveLength(5);
  });

  // The superuser may read everything, so there is nothing to refuse.
  test.skipIf(process.getuid?.() === 0)("a file without permission", async () => {
    await writeFile(join(root, "secret.txt"), "secret");
    await chmod(join(root, "secret.txt"), 0);
    await expect(read("secret.txt")).rejects.toMatchObject({
      code: "DOCUMENT_UNREADABLE",
      facts: { reason: "EACCES" },
    });
  });
});

test("a name with control characters is quoted in the message", async () => {
  const reading = readFileSafely(join(root, "missing"), { name: "a\n\x1b[2Jb" });
  await expect(reading).rejects.toMatchObject({ message: expect.stringContaining('"a\\n\\u001b[2Jb"') });
});
