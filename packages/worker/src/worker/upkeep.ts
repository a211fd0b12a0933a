import { type Clock, HOUR_MS, MINUTE_MS, SECOND_MS } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import { type Retention, retain } from "../client/retain.ts";
import type { Chore } from "./chores.ts";
import type { Intake } from "./intake.ts";
import { reconcileLately } from "./reconcile.ts";

const RECONCILE_EVERY_MS = 5 * MINUTE_MS;
/** Machines' clocks may differ by this much, and the round before may have died half-way. */
const RECONCILE_MARGIN_MS = 10 * MINUTE_MS;
const RETAIN_EVERY_MS = HOUR_MS;
/** A worker that does not live for an hour does its share, too. */
const RETAIN_FIRST_MS = 2 * SECOND_MS;

/** What upkeep a worker takes part in; see `WorkerOptions`. */
export interface UpkeepOptions {
  backend: Backend;
  retention?: Retention | undefined;
  reconcileEveryMs?: number | undefined;
}

/** What workers do for the store as long as they live. */
export function upkeepOf(
  { backend, retention, reconcileEveryMs = RECONCILE_EVERY_MS }: UpkeepOptions,
  { clock, intake }: { clock: Clock; intake: Pick<Intake, "closed"> },
): Chore[] {
  const reconciling: Chore = {
    name: "reconcile",
    everyMs: reconcileEveryMs,
    isHeld: () => intake.closed !== null,
    work: ({ now, before }, signal) =>
      reconcileLately(backend, { now: clock.now(), since: (before ?? now) - RECONCILE_MARGIN_MS, signal }),
  };
  if (!retention || isForEver(retention)) return [reconciling];
  const retaining: Chore = {
    name: "retention",
    everyMs: RETAIN_EVERY_MS,
    firstAfterMs: RETAIN_FIRST_MS,
    work: (_, signal) => retain(backend, retention, { signal, clock }),
  };
  return [reconciling, retaining];
}

function isForEver({ inputsMs, resultsMs, runsMs }: Retention): boolean {
  return inputsMs === undefined && resultsMs === undefined && runsMs === undefined;
}
