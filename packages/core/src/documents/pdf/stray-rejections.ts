import { setImmediate as nextTurn } from "node:timers/promises";

/** Says whether a rejection came from the library that is being guarded. */
export type IsStray = (reason: unknown) => boolean;

/**
 * Runs work with a library that, on damaged input, also rejects promises nobody can reach. Node ends the
 * process for one of those. While the work runs, rejections that `isStray` knows are ignored: the same
 * damage reaches the caller by the promise of the work. All others keep their effect.
 */
export async function withoutStrayRejections<T>(isStray: IsStray, work: () => Promise<T>): Promise<T> {
  const listener = (reason: unknown): void => {
    if (isStray(reason)) return;
    // This listener's presence takes away Node's default, to throw; it is restored for foreign reasons,
    // unless the program has a listener of its own that is called as well.
    const others = process.listeners("unhandledRejection").filter((other) => !ours.has(other));
    if (others.length === 0) throw reason;
  };
  ours.add(listener);
  process.on("unhandledRejection", listener);
  try {
    return await work();
  } finally {
    // Node reports rejections at the end of a turn of the event loop, so the last ones are still to come.
    await nextTurn();
    process.off("unhandledRejection", listener);
    ours.delete(listener);
  }
}

/** The listeners of all work under way. */
const ours = new Set<unknown>();
