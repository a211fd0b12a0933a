import type { LockSettings } from "@sluice/worker";

/**
 * Nobody is taken for dead, however long a busy machine holds him up. Those that were killed or stand still are taken
 * for dead when `World.locksRunOut` says so, and their runs are looked for often.
 */
export const patientLock: LockSettings = { durationMs: 60_000, stalledMs: 200 };

/** For the one process of a row that has to lose its runs by its own silence, as it would without a test. */
export const mortalLock: LockSettings = { durationMs: 2_000, stalledMs: 200 };
