import { it } from "vitest";
import rows from "./rows.json" with { type: "json" };

/** The number of a row of the matrix in `rows.json`. */
export type FaultRowNumber = keyof typeof rows;

/** Most rows play in seconds; a loaded machine may take longer. */
const TIMEOUT_MS = 90_000;

/**
 * The test of one row of the matrix. A row stands in `docs/what-happens-when.md` only through this call: the page is
 * made from the rows that have one (`npm run docs`).
 */
export function faultRow(number: FaultRowNumber, play: () => Promise<void>, timeoutMs = TIMEOUT_MS): void {
  const { fault, promise } = rows[number];
  it(`row ${number}: ${fault}: ${promise}`, play, timeoutMs);
}
