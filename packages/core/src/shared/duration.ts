export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;

/** A duration for people: "850 ms", "12 s", "4 min 10 s", "3 h 5 min". */
export function formatDuration(ms: number): string {
  if (ms < SECOND_MS) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < MINUTE_MS) return `${trimmed(ms / SECOND_MS)} s`;
  if (ms < HOUR_MS) return pair(ms, MINUTE_MS, "min", SECOND_MS, "s");
  return pair(ms, HOUR_MS, "h", MINUTE_MS, "min");
}

function trimmed(value: number): string {
  return value < 10 ? value.toFixed(1).replace(/\.0$/, "") : String(Math.round(value));
}

function pair(ms: number, bigMs: number, bigUnit: string, smallMs: number, smallUnit: string): string {
  const big = Math.floor(ms / bigMs);
  const small = Math.floor((ms % bigMs) / smallMs);
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}
