/** @param {number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * The value below which a share of all values lies; NaN for none.
 *
 * @param {number[]} values
 * @param {number} share
 */
export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
