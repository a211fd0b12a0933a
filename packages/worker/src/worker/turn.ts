import { parseJson, type StateCell } from "@sluice/core";
import { z } from "zod";
import { changeCell } from "../backend/change-cell.ts";

/** Whose turn it is, for something that one of many processes does now and then. */
export interface Turn {
  /** Now, in epoch milliseconds by the store's clock. */
  now: number;
  /** When somebody did it last; null when nobody has. */
  before: number | null;
}

const turnSchema = z.object({ at: z.number() });

/**
 * Takes a turn, unless somebody has in the last `gapMs`. A process that dies over its turn is made up for by the next.
 *
 * @returns undefined when it is nobody's turn.
 */
export async function takeTurn(cell: StateCell, gapMs: number): Promise<Turn | undefined> {
  let turn: Turn | undefined;
  const isTaken = await changeCell(cell, "Whose turn it is", (text, now) => {
    const before = timeOf(text);
    turn = { now, before };
    // A clock that was set back must not hold everybody up.
    return before !== null && before <= now && now - before < gapMs ? null : JSON.stringify({ at: now });
  });
  return isTaken ? turn : undefined;
}

/** What is damaged counts as nothing: the worst is a turn too many. */
function timeOf(text: string | null): number | null {
  try {
    return text === null ? null : turnSchema.parse(parseJson(text)).at;
  } catch {
    return null;
  }
}
