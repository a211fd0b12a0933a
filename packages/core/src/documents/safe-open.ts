import type { Stats } from "node:fs";
import { constants, type FileHandle, lstat, open, realpath } from "node:fs/promises";
import { isAbsolute, relative, sep } from "node:path";
import { SluiceError } from "../errors/sluice-error.ts";
import { documentError } from "./document-errors.ts";

/** Default largest file, in bytes. */
const DEFAULT_MAX_BYTES = 50 * 1024 * 1024;

/** Which file to read, and what it may be. */
export interface SafeReadOptions {
  /** The name shown in errors. */
  name: string;
  /** A folder that the file, with all links followed, must lie in. Default: anywhere. */
  root?: string | undefined;
  /** Largest size in bytes. Default 50 MB. */
  maxBytes?: number | undefined;
}

/**
 * Reads a file that may be hostile: a link out of its folder, a pipe that never ends, a device, a file of
 * terabytes. Nothing is read before the file is known to be regular and small enough.
 *
 * @throws SluiceError DOCUMENT_NOT_FOUND, DOCUMENT_UNREADABLE or DOCUMENT_TOO_LARGE.
 */
export async function readFileSafely(path: string, options: SafeReadOptions): Promise<Uint8Array> {
  try {
    const real = await realpath(path);
    if (options.root !== undefined) await requireInside(real, options.root, options.name);
    return await readRegularFile(real, options);
  } catch (error) {
    throw SluiceError.is(error) ? error : openError(error, options.name);
  }
}

async function requireInside(real: string, root: string, name: string): Promise<void> {
  const path = relative(await realpath(root), real);
  const isOutside = path === ".." || path.startsWith(`..${sep}`) || isAbsolute(path);
  if (isOutside) {
    throw unreadable(name, "leads out of the folder it was looked for in; copy the file into the folder.");
  }
}

async function readRegularFile(real: string, options: SafeReadOptions): Promise<Uint8Array> {
  const expected = await lstat(real);
  // Looked at before opening: to open a device can already have an effect.
  requireRegular(expected, options.name);
  // NONBLOCK: opening a pipe put in the file's place must not hang. NOFOLLOW: nor may a link be followed.
  const handle = await open(real, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const opened = await handle.stat();
    requireRegular(opened, options.name);
    if (opened.ino !== expected.ino || opened.dev !== expected.dev) {
      throw unreadable(options.name, "was replaced by another file while it was opened; try again.");
    }
    requireSmall(opened.size, options);
    return await readBytes(handle, opened.size);
  } finally {
    await handle.close();
  }
}

function requireRegular(stats: Stats, name: string): void {
  if (stats.isFile()) return;
  const kind = stats.isDirectory() ? "a folder" : "a pipe, socket or device";
  throw unreadable(name, `is ${kind}, not a regular file; give the path of a file.`);
}

function requireSmall(size: number, options: SafeReadOptions): void {
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  if (size <= maxBytes) return;
  throw documentError("DOCUMENT_TOO_LARGE", {
    name: options.name,
    problem: `has ${size} bytes, over the limit of ${maxBytes}; split the file or raise the limit.`,
    facts: { bytes: size, maxBytes },
  });
}

/** Reads `size` bytes, or fewer when the file has shrunk; a file that grows is cut at `size`. */
async function readBytes(handle: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await handle.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}

function openError(error: unknown, name: string): SluiceError {
  const code = error instanceof Error && "code" in error ? String(error.code) : "unknown";
  if (code === "ENOENT" || code === "ENOTDIR") {
    return documentError("DOCUMENT_NOT_FOUND", {
      name,
      problem: "does not exist, or is a link that leads nowhere; check the path.",
      cause: error,
    });
  }
  return documentError("DOCUMENT_UNREADABLE", {
    name,
    problem: `cannot be opened (${code}); check its permissions and the links on its path.`,
    facts: { reason: code },
    cause: error,
  });
}

function unreadable(name: string, problem: string): SluiceError {
  return documentError("DOCUMENT_UNREADABLE", { name, problem });
}
