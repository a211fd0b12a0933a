import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFolder, freeSpaceFact } from "./embedded-facts.ts";

test("adds up the files of all folders below", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sluice-facts-"));
  try {
    await mkdir(join(folder, "data"));
    await writeFile(join(folder, "data", "a"), new Uint8Array(2 * 1024 * 1024));
    await writeFile(join(folder, "b"), new Uint8Array(1024 * 1024));
    expect(await describeFolder(folder)).toMatchObject([
      { name: "size", value: "3 MiB on disk" },
      { name: "free space" },
    ]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("warns of a disk that is nearly full, and of no other", () => {
  expect(freeSpaceFact(20 * 1024 * 1024)).toMatchObject({ value: "20 MiB", trouble: { severity: "warn" } });
  expect(freeSpaceFact(5 * 1024 ** 3).trouble).toBeUndefined();
});
