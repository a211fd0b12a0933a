import { parseJson, SluiceError } from "@sluice/core";
import type { z } from "zod";

/**
 * Parses the text of a shared cell.
 *
 * @param what names what the cell holds, for the message of an error.
 * @throws SluiceError STATE_INVALID
 */
export function parseState<T>(text: string, schema: z.ZodType<T>, what: string): T {
  try {
    return schema.parse(parseJson(text));
  } catch (cause) {
    throw new SluiceError("STATE_INVALID", {
      message: `${what} in the store is damaged or written by another version of Sluice. Stop older workers, or use another store.`,
      cause,
    });
  }
}
