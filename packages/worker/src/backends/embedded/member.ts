import { randomId } from "@sluice/core";
import { hasKernelLocks, holdName, isHeld, type KernelLock } from "./kernel-lock.ts";

/**
 * A process that takes runs from a store. Its id stands beside every run it takes, and is held in the kernel as long
 * as it lives; so whoever owns the store can tell the runs of the dead from those of the living, who may be busy or
 * still be looking for their new owner.
 */
export interface Member {
  readonly id: string;
  leave(): Promise<void>;
}

/** Joins the processes that take runs from the store in a folder. */
export async function joinStore(folder: string): Promise<Member> {
  const id = randomId(16);
  const lock: KernelLock | undefined = hasKernelLocks() ? await holdName(folder, id) : undefined;
  return { id, leave: async () => lock?.release() };
}

/** Whether a member lives. Without locks of the kernel there is one process: whoever is not it is dead. */
export async function isMemberAlive(folder: string, id: string): Promise<boolean> {
  return id !== "" && hasKernelLocks() && isHeld(folder, id);
}
