import { SluiceError, type StateCell } from "@sluice/core";

/** More lost races than this on one change mean that the store does not compare and set. */
const MAX_RACES = 100;

/**
 * Changes a cell by compare-and-set.
 *
 * @param what names what the cell holds, for the message of an error.
 * @param change sees the text and the store's time, and gives the next text, or null to leave it; may be called more
 *   than once.
 * @returns whether it changed anything.
 */
export async function changeCell(
  cell: StateCell,
  what: string,
  change: (text: string | null, now: number) => string | null,
): Promise<boolean> {
  for (let race = 0; race < MAX_RACES; race++) {
    const { text, now } = await cell.read();
    const next = change(text, now);
    if (next === null) return false;
    if (await cell.swap(text, next)) return true;
  }
  throw new SluiceError("INTERNAL", {
    message: `${what} changed ${MAX_RACES} times while it was to be changed; it stays as it is.`,
  });
}
