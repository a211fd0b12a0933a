import { stat } from "node:fs/promises";
import { isAbsolute, posix, resolve, sep } from "node:path";
import { type DocumentFile, SluiceError } from "@sluice/core";
import { glob, isDynamicPattern } from "tinyglobby";

/** What a batch is made of: files to load, and `-` where standard input is to be read. */
export type Input = { kind: "file"; file: DocumentFile } | { kind: "stdin" };

/**
 * Finds the files that paths name: a file itself, a folder's files however deep, a glob's matches. In folders and
 * globs, dotfiles and node_modules are left out, and links to folders are not followed.
 *
 * The order is that of the paths, and by name within each; a file named twice comes once.
 *
 * @param mayBeEmpty a folder without files, or a glob without matches, is no error. Default false.
 * @throws SluiceError DOCUMENT_NOT_FOUND for a path that names nothing.
 */
export async function expandPaths(
  paths: readonly string[],
  cwd: string,
  { mayBeEmpty = false }: { mayBeEmpty?: boolean | undefined } = {},
): Promise<Input[]> {
  const inputs = new Map<string, Input>();
  for (const path of paths) {
    if (path === "-") {
      inputs.set("-", { kind: "stdin" });
      continue;
    }
    for (const file of await filesOf(path, { cwd, mayBeEmpty })) {
      if (!inputs.has(file.path)) inputs.set(file.path, { kind: "file", file });
    }
  }
  return [...inputs.values()];
}

async function filesOf(
  path: string,
  { cwd, mayBeEmpty }: { cwd: string; mayBeEmpty: boolean },
): Promise<DocumentFile[]> {
  const absolute = resolve(cwd, path);
  const found = await stat(absolute).catch(() => undefined);
  if (found && !found.isDirectory()) return [{ path: absolute, name: slashed(path) }];
  if (found || isDynamicPattern(path)) {
    const files = await (found ? filesOfFolder(path, absolute) : filesOfGlob(path, cwd));
    if (files.length > 0 || mayBeEmpty) return files;
    const problem = "holds no file (dotfiles and node_modules do not count).";
    throw notFound(path, found ? problem : "matches no file; check the glob.");
  }
  throw notFound(path, "does not exist; check the path, or quote it if it is a glob.");
}

async function filesOfFolder(path: string, folder: string): Promise<DocumentFile[]> {
  const names = await search("**/*", folder);
  const prefix = slashed(path).replace(/\/+$/, "");
  return names.map((name) => ({
    path: resolve(folder, name),
    name: prefix === "." ? name : `${prefix}/${name}`,
    root: folder,
  }));
}

async function filesOfGlob(pattern: string, cwd: string): Promise<DocumentFile[]> {
  const names = await search(slashed(pattern), cwd);
  return names.map((name) => ({ path: resolve(cwd, name), name }));
}

async function search(pattern: string, cwd: string): Promise<string[]> {
  const found = await glob(pattern, {
    cwd,
    absolute: isAbsolute(pattern),
    dot: false,
    onlyFiles: true,
    followSymbolicLinks: false,
    ignore: ["**/node_modules/**"],
    expandDirectories: false,
  });
  return found.map((name) => posix.normalize(name)).sort((a, b) => (a < b ? -1 : 1));
}

function slashed(path: string): string {
  return path.split(sep).join("/");
}

function notFound(path: string, problem: string): SluiceError {
  return new SluiceError("DOCUMENT_NOT_FOUND", { message: `"${path}" ${problem}`, facts: { path } });
}
