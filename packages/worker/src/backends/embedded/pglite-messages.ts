import { z } from "zod";

/** A statement for the database thread; without parameters it may hold several statements. */
export interface PgliteRequest {
  id: number;
  sql: string;
  params: readonly unknown[] | undefined;
}

/** What the thread sends when it is up. */
export const READY = "ready";
/** Asks the thread to close the database and end. */
export const CLOSE = "close";

/** Parses what comes from the thread. */
export const answerSchema = z.union([
  z.object({ id: z.number(), rows: z.array(z.record(z.string(), z.unknown())), rowCount: z.number() }),
  z.object({
    id: z.number(),
    error: z.object({ message: z.string(), code: z.string().optional(), detail: z.string().optional() }),
  }),
  z.object({ channel: z.string(), payload: z.string() }),
  z.literal(READY),
]);

/** A message of the thread: the rows of a statement, its error, or a notification. */
export type PgliteAnswer = z.infer<typeof answerSchema>;

/** Rows of one statement. */
export interface SqlResult {
  rows: Record<string, unknown>[];
  rowCount: number;
}
