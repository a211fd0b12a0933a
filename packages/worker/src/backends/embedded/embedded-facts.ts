import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";
import type { BackendFact, BackendFacts } from "../../backend/backend-facts.ts";

const MEBIBYTE = 1024 * 1024;

/** With less room than this on the disk a day's work may not fit, in bytes. */
const LEAST_FREE_BYTES = 500 * MEBIBYTE;

/** Looks at the folder of an embedded store, and at the disk it lies on. */
export async function describeFolder(folder: string): Promise<BackendFacts> {
  const { bavail, bsize } = await statfs(folder);
  return [
    { name: "size", value: `${mebibytes(await sizeOf(folder))} on disk` },
    freeSpaceFact(bavail * bsize),
  ];
}

/** What the free room on a disk means. */
export function freeSpaceFact(freeBytes: number): BackendFact {
  const fact = { name: "free space", value: mebibytes(freeBytes) };
  if (freeBytes >= LEAST_FREE_BYTES) return fact;
  const fix = "Make room on this disk, or set SLUICE_HOME to a folder on another one.";
  return { ...fact, trouble: { severity: "warn", fix } };
}

/** A file that goes while we look counts nothing: the database removes some as it works. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map((file) =>
      lstat(join(file.parentPath, file.name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / MEBIBYTE)} MiB`;
}
