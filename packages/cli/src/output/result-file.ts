import { access, type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { SluiceError } from "@sluice/core";
import { jsonLine } from "../io.ts";

/** Where results are to be written, checked before anything is spent. */
export interface ResultTarget {
  /** Absolute path. */
  path: string;
}

/**
 * Checks a path for results.
 *
 * @throws SluiceError OPTION_INVALID when it does not end in .jsonl, exists already, or lies in no folder.
 */
export async function checkResultPath(
  given: string,
  { cwd, force }: { cwd: string; force: boolean },
): Promise<ResultTarget> {
  const path = resolve(cwd, given);
  if (!path.endsWith(".jsonl"))
    throw refused(given, "must end in .jsonl: one JSON object per line is written");
  if (!(await isFolder(dirname(path))))
    throw refused(given, `lies in a folder that does not exist (${dirname(path)})`);
  if (!force && (await exists(path)))
    throw refused(given, "exists already; choose another name, or add --force");
  return { path };
}

/** A file of results that appears whole or not at all. */
export class ResultFile implements AsyncDisposable {
  readonly #path: string;
  readonly #draftPath: string;
  readonly #draft: FileHandle;
  #isOpen = true;

  private constructor(path: string, draftPath: string, draft: FileHandle) {
    this.#path = path;
    this.#draftPath = draftPath;
    this.#draft = draft;
  }

  /** Begins a draft beside the target, on the same disk. */
  static async begin({ path }: ResultTarget): Promise<ResultFile> {
    const draftPath = `${path}.${process.pid}.part`;
    return new ResultFile(path, draftPath, await open(draftPath, "w"));
  }

  async write(line: unknown): Promise<void> {
    await this.#draft.write(`${jsonLine(line)}\n`);
  }

  /** Puts the finished draft in the target's place. */
  async finish(): Promise<void> {
    await this.#draft.sync();
    await this.#close();
    await rename(this.#draftPath, this.#path);
  }

  /** Without {@link finish} nothing is left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOpen) return;
    await this.#close();
    await rm(this.#draftPath, { force: true });
  }

  async #close(): Promise<void> {
    this.#isOpen = false;
    await this.#draft.close();
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function refused(given: string, rule: string): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: `--out ${given} ${rule}.`,
    facts: { option: "out", path: given },
  });
}
