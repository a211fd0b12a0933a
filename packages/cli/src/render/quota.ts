import { formatDuration, type LedgerStatus, type RestingModel } from "@sluice/core";
import { printable } from "./printable.ts";
import { renderTable } from "./table.ts";
import { clockTime } from "./time.ts";

/** What there is to know of the account's quota at one moment. */
export interface QuotaView {
  status: LedgerStatus;
  resting: readonly RestingModel[];
}

/** The quota as JSON; times are ISO 8601. */
export function quotaData({ status, resting }: QuotaView) {
  const { perMinute, usedInWindow, perDay, usedToday, othersToday } = status;
  return {
    now: isoTime(status.now),
    minute: { limit: perMinute, used: usedInWindow, left: left(perMinute, usedInWindow) },
    day: {
      limit: perDay,
      used: usedToday,
      usedByUs: usedByUs(status),
      usedByOthers: othersToday,
      left: left(perDay, usedToday),
      endsAt: isoTime(status.dayEndsAt),
    },
    serverCountAt: status.heardAt === null ? null : isoTime(status.heardAt),
    nextSlotAt: isoTime(status.nextSlotAt),
    waiting: status.waiting,
    halted: status.halted,
    resting: resting.map(({ id, until }) => ({ id, until: until === null ? null : isoTime(until) })),
  };
}

/** The quota as a table and the times that matter. */
export function renderQuota({ status, resting }: QuotaView): string {
  const { now, nextSlotAt, dayEndsAt, waiting, halted } = status;
  const waitMs = nextSlotAt - now;
  const lines = [
    renderWindows(status),
    "",
    `next request  ${waitMs <= 0 ? "now" : `in ${formatDuration(waitMs)}, ${clockTime(nextSlotAt)}`}`,
    `day resets    in ${formatDuration(dayEndsAt - now)}, ${clockTime(dayEndsAt)}`,
  ];
  if (waiting > 0) lines.push(`waiting       ${waiting} in the line`);
  if (halted !== null) lines.push(`halted        ${printable(halted)}`);
  for (const model of resting) lines.push(`resting       ${renderResting(model, now)}`);
  return lines.join("\n");
}

/**
 * The moment on one line, without what time alone changes: the same text means that nothing has happened.
 *
 * `minute 3 of 20 · day 12 of 50 · 2 waiting · 1 resting · halted: …`
 */
export function renderQuotaChange({ status, resting }: QuotaView): string {
  const { perMinute, usedInWindow, perDay, usedToday, waiting, halted } = status;
  const parts = [`minute ${usedInWindow} of ${perMinute}`, `day ${usedToday} of ${perDay}`];
  if (waiting > 0) parts.push(`${waiting} waiting`);
  if (resting.length > 0) parts.push(`${resting.length} resting`);
  if (halted !== null) parts.push(`halted: ${printable(halted)}`);
  return parts.join(" · ");
}

function renderWindows(status: LedgerStatus): string {
  const { perMinute, usedInWindow, perDay, usedToday, othersToday } = status;
  const others = othersToday === null ? "unknown" : String(othersToday);
  const rows = [
    ["minute", usedInWindow, usedInWindow, "unknown", left(perMinute, usedInWindow), perMinute],
    ["UTC day", usedToday, usedByUs(status), others, left(perDay, usedToday), perDay],
  ];
  const head = ["window", "used", "by us", "by others", "left", "limit"];
  return renderTable(
    head,
    rows.map((row) => row.map(String)),
    80,
  ).text;
}

function renderResting({ id, until }: RestingModel, now: number): string {
  if (until === null) return `${printable(id)}, gone until the catalogue is read anew`;
  return `${printable(id)}, ${formatDuration(until - now)} more, until ${clockTime(until)}`;
}

/** What a server does not count, such as a request that it refused, we have sent and not used. */
function usedByUs({ sentToday, usedToday }: LedgerStatus): number {
  return Math.min(sentToday, usedToday);
}

function left(limit: number, used: number): number {
  return Math.max(0, limit - used);
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}
