import type { RunStatus } from "@sluice/core";
import type { CancelCounts } from "@sluice/worker";
import { plural } from "./events.ts";

/** What became of a run or batch that was to be cancelled. */
export type Cancelled = CancelCounts &
  ({ kind: "run"; id: string; status: RunStatus } | { kind: "batch"; id: string });

/** `batch b7k2: 998 runs cancelled, 2 finished already`, `run k7w2m9qd41zx: completed already`. */
export function renderCancelled(one: Cancelled): string {
  const { kind, id, cancelled, finished } = one;
  if (one.kind === "run") return `run ${id}: ${cancelled > 0 ? "cancelled" : `${one.status} already`}`;
  const parts = [];
  if (cancelled > 0 || finished === 0) parts.push(`${plural(cancelled, "run")} cancelled`);
  if (finished > 0) parts.push(`${finished} finished already`);
  return `${kind} ${id}: ${parts.join(", ")}`;
}
