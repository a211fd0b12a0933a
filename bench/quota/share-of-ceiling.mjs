/**
 * The share of the ceiling that was used: a minute, divided by the mean time that `perMinute` accepted requests took.
 * Unlike a count it does not depend on where within a window the measurement began and ended. The last span, still
 * open at the end, counts once it is longer than a minute.
 *
 * @param {number[]} accepted arrival times, oldest first
 * @param {{ perMinute: number, minuteMs: number, endedAt: number }} limit
 */
export function shareOfCeiling(accepted, { perMinute, minuteMs, endedAt }) {
  const spans = accepted.slice(perMinute).map((at, index) => at - accepted[index]);
  const openSpan = endedAt - (accepted.at(-perMinute) ?? endedAt);
  if (openSpan > minuteMs) spans.push(openSpan);
  if (spans.length === 0) return Number.NaN;
  return minuteMs / (spans.reduce((sum, span) => sum + span, 0) / spans.length);
}
