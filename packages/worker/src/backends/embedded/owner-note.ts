import { chmod, mkdtemp, readFile, rename, rm, rmdir, stat, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { z } from "zod";

/** The file in the store's folder that tells other processes where its owner is. */
const NOTE = "owner.json";
const SOCKET = "owner.sock";
/** What a folder is called that holds the socket when the store's path is too long. */
const FOLDER_PREFIX = "sluice-";

/** Longer paths do not fit into the address of a socket: 108 bytes on Linux, 104 on macOS, with a zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103;

const noteSchema = z.object({ pid: z.number(), socket: z.string().nullable(), token: z.string() });

/** Where the owner of a store is, and the secret a client must show. The socket is null when it cannot be shared. */
export type OwnerNote = z.infer<typeof noteSchema>;

/** What the owner has left for others; undefined when there is nothing that can be read. */
export async function readOwnerNote(folder: string): Promise<OwnerNote | undefined> {
  try {
    return noteSchema.parse(JSON.parse(await readFile(join(folder, NOTE), "utf8")));
  } catch {
    return undefined;
  }
}

/** Replaces the note whole; only this user can read it. */
export async function writeOwnerNote(folder: string, note: OwnerNote): Promise<void> {
  const draft = join(folder, `${NOTE}.draft`);
  await rm(draft, { force: true });
  await writeFile(draft, JSON.stringify(note), { mode: 0o600 });
  await rename(draft, join(folder, NOTE));
}

/** Removes the note and the socket of an owner, dead or about to go; the caller must hold the folder's lock. */
export async function removeOwnerNote(folder: string): Promise<void> {
  const note = await readOwnerNote(folder);
  await rm(join(folder, NOTE), { force: true });
  await removeSocket(join(folder, SOCKET));
  if (!note?.socket || dirname(note.socket) === folder) return;
  if (!basename(dirname(note.socket)).startsWith(FOLDER_PREFIX)) return;
  await removeSocket(note.socket);
  await rmdir(dirname(note.socket)).catch(() => {});
}

/**
 * By `unlink`, which looks at nothing: `rm` looks first, and after a look at a socket Node 20 takes the next package that
 * is imported through a link for a folder of its own, where it does not find what that package needs.
 */
async function removeSocket(path: string): Promise<void> {
  await unlink(path).catch(() => {});
}

/**
 * The path of a socket that only this user can reach: in the store's folder, or, when that path is too long, in a fresh
 * folder among the temporary files.
 *
 * @returns null when there is no such place.
 */
export async function chooseSocketPath(folder: string): Promise<string | null> {
  const inside = join(folder, SOCKET);
  if (fits(inside)) return (await isPrivate(folder)) ? inside : null;
  if (!fits(join(tmpdir(), `${FOLDER_PREFIX}XXXXXX`, SOCKET))) return null;
  try {
    return join(await mkdtemp(join(tmpdir(), FOLDER_PREFIX)), SOCKET);
  } catch {
    return null;
  }
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES;
}

/** Shuts the folder to others. Some file systems keep no rights: there it stays open, and nothing may be served. */
async function isPrivate(folder: string): Promise<boolean> {
  await chmod(folder, 0o700).catch(() => {});
  const { mode, uid } = await stat(folder);
  return (mode & 0o077) === 0 && uid === process.getuid?.();
}
