import { link, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { randomId } from "@sluice/core";
import type { DirectoryLock, Held } from "./lock-outcome.ts";

const FILE = /^lock-(\d+)$/;
const RELEASED = "released";

/**
 * A lock by file, for systems whose kernel gives nothing better.
 *
 * `lock-7` holds the process id of the seventh owner, or `released`. Who finds the newest file without a living owner
 * creates `lock-8`, which only one can; the newest file is never removed, so that the numbers only grow and nobody can
 * take a lock twice. A living process is never robbed, also when it got the id of a dead owner by chance.
 */
export async function lockByFile(folder: string): Promise<DirectoryLock | Held> {
  const newest = await newestNumber(folder);
  if (newest > 0) {
    const owner = await readOwner(join(folder, `lock-${newest}`));
    if (owner === undefined) return { holderPid: undefined };
    if (owner !== RELEASED && isAlive(Number(owner))) return { holderPid: Number(owner) };
  }
  const mine = join(folder, `lock-${newest + 1}`);
  if (!(await createWhole(mine, `${process.pid}`))) return { holderPid: undefined };
  await removeOlder(folder, newest + 1);
  return { release: () => writeFile(mine, RELEASED) };
}

async function newestNumber(folder: string): Promise<number> {
  const names = await readdir(folder);
  return Math.max(0, ...names.map((name) => Number(FILE.exec(name)?.[1] ?? 0)));
}

/** What stands in a lock file; undefined when it is gone, because a newer owner has cleared it away. */
async function readOwner(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function removeOlder(folder: string, number: number): Promise<void> {
  const names = await readdir(folder);
  const older = names.filter((name) => FILE.test(name) && Number(FILE.exec(name)?.[1]) < number);
  await Promise.all(older.map((name) => rm(join(folder, name), { force: true })));
}

/** Creates a file together with its content; false when it exists. */
async function createWhole(path: string, content: string): Promise<boolean> {
  const draft = `${path}-${randomId(8)}`;
  await writeFile(draft, content);
  try {
    await link(draft, path);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and belongs to somebody else.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
