import type { FollowEnd } from "../working/follow-target.ts";
import { renderResting } from "./summary.ts";

/** How a watch ended: `23 of 24 done, 1 failed.`, what everything that is left waits for, or that it was stopped. */
export function renderStanding(end: FollowEnd, program: string): string {
  if (end.kind === "interrupted") return "Not watched any more; the runs go on.";
  if (end.kind !== "finished") return `Nothing goes on now: ${renderResting(end, program)}`;
  const { counts, total } = end.progress;
  const others = (["failed", "cancelled"] as const)
    .filter((status) => counts[status] > 0)
    .map((status) => `, ${counts[status]} ${status}`);
  return `${counts.completed} of ${total} done${others.join("")}.`;
}
