/**
 * A step path with a star in place of each number of an item, round or group. A pipeline has no more of them than steps,
 * whatever its runs are made of, so that one can group and count by it. No step's name begins with a digit.
 */
export function stepPattern(path: string): string {
  const parts = path.split("/").map((part) => (/^\d/.test(part) ? "*" : part));
  return parts.join("/");
}
