import { formatDuration, type LedgerStatus } from "@sluice/core";
import { printable } from "./printable.ts";
import { renderTable } from "./table.ts";
import { clockTime } from "./time.ts";

/** The quota as JSON; times are ISO 8601. */
export function quotaData(status: LedgerStatus) {
  const { perMinute, usedInWindow, perDay, usedToday } = status;
  return {
    minute: { limit: perMinute, used: usedInWindow, left: left(perMinute, usedInWindow) },
    day: {
      limit: perDay,
      used: usedToday,
      left: left(perDay, usedToday),
      endsAt: new Date(status.dayEndsAt).toISOString(),
    },
    nextSlotAt: new Date(status.nextSlotAt).toISOString(),
    waiting: status.waiting,
    halted: status.halted,
  };
}

/** The quota as a table and the times that matter. */
export function renderQuota(status: LedgerStatus): string {
  const { now, perMinute, usedInWindow, perDay, usedToday, nextSlotAt, dayEndsAt, waiting, halted } = status;
  const row = (name: string, limit: number, used: number) =>
    [name, used, left(limit, used), limit].map(String);
  const { text } = renderTable(
    ["window", "used", "left", "limit"],
    [row("minute", perMinute, usedInWindow), row("UTC day", perDay, usedToday)],
    80,
  );
  const waitMs = nextSlotAt - now;
  const lines = [
    text,
    "",
    `next request  ${waitMs <= 0 ? "now" : `in ${formatDuration(waitMs)}, ${clockTime(nextSlotAt)}`}`,
    `day resets    in ${formatDuration(dayEndsAt - now)}, ${clockTime(dayEndsAt)}`,
  ];
  if (waiting > 0) lines.push(`waiting       ${waiting} in the line`);
  if (halted !== null) lines.push(`halted        ${printable(halted)}`);
  return lines.join("\n");
}

function left(limit: number, used: number): number {
  return Math.max(0, limit - used);
}
