import { stem, tokens } from "./words.ts";

/**
 * A vector of length one that depends on the words of a text alone: texts that share words point in similar
 * directions, and the same text always gives the same vector.
 */
export function embed(text: string, dimensions: number): number[] {
  const words = tokens(text).map(stem);
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of words.length > 0 ? words : [text]) {
    const hash = hashOf(word);
    const place = (hash >>> 1) % dimensions;
    vector[place] = (vector[place] ?? 0) + (hash & 1 ? 1 : -1);
  }
  return normalized(vector, (hashOf(text) >>> 1) % dimensions);
}

/** Words of opposite sign may cancel each other out; then the given place alone is set. */
function normalized(vector: readonly number[], fallbackPlace: number): number[] {
  const length = Math.hypot(...vector);
  if (length === 0) return vector.map((_, place) => (place === fallbackPlace ? 1 : 0));
  return vector.map((value) => value / length);
}

/** The 32-bit FNV-1a hash, with the bits mixed once more so that the lowest one is fair. */
function hashOf(word: string): number {
  let hash = 0x811c9dc5;
  for (const character of word) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  return (hash ^ (hash >>> 13)) >>> 0;
}
