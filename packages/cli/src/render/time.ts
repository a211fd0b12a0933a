/** A time within a day or so: `00:00 UTC (01:00 local)`. */
export function clockTime(at: number): string {
  const date = new Date(at);
  const local = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${two(date.getUTCHours())}:${two(date.getUTCMinutes())} UTC (${local} local)`;
}

/** A time of any day, to the second, in UTC: `2026-01-31 14:05:09`. */
export function dateTime(at: number | null): string {
  return at === null ? "" : new Date(at).toISOString().slice(0, 19).replace("T", " ");
}

/** A time of any day, to the minute, by the clocks of a time zone: `2026-01-31 14:05 Europe/Berlin`. Default: here. */
export function zonedTime(
  at: number,
  timeZone = new Intl.DateTimeFormat().resolvedOptions().timeZone,
): string {
  // Swedish writes dates as ISO 8601 does.
  const format = new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short", timeStyle: "short" });
  return `${format.format(at)} ${timeZone}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
