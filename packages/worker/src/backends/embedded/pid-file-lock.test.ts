import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockByFile } from "./pid-file-lock.ts";

describe("lockByFile", () => {
  let folder = "";
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-lock-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const take = async () => {
    const lock = await lockByFile(folder);
    if (!("release" in lock)) throw new Error("the lock was not to be had");
    return lock;
  };
  /** The id of a process that has ended. */
  const deadPid = async () => {
    const child = spawn(process.execPath, ["--version"]);
    await once(child, "exit");
    return child.pid;
  };

  it("names the living process that has it", async () => {
    await take();
    expect(await lockByFile(folder)).toEqual({ holderPid: process.pid });
  });

  it("is free again after its release", async () => {
    await (await take()).release();
    await (await take()).release();
    await take();
    expect(await lockByFile(folder)).toEqual({ holderPid: process.pid });
  });

  it("goes to exactly one of many when its owner is dead", async () => {
    await writeFile(join(folder, "lock-7"), `${await deadPid()}`);
    const taken = await Promise.all(Array.from({ length: 20 }, () => lockByFile(folder)));
    expect(taken.filter((lock) => "release" in lock)).toHaveLength(1);
  });

  it("leaves one file behind, however often it was taken", async () => {
    for (let round = 0; round < 5; round++) await (await take()).release();
    expect(await readdir(folder)).toEqual(["lock-5"]);
  });
});
