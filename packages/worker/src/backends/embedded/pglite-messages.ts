import { z } from "zod";

/** A statement for the database thread; without parameters it may hold several statements. */
export const requestSchema = z.object({
  id: z.number(),
  sql: z.string(),
  params: z.array(z.unknown()).optional(),
});

/** A statement that {@link requestSchema} has parsed. */
export type SqlRequest = z.infer<typeof requestSchema>;

/** Asks the thread to serve other processes. */
export interface ServeRequest {
  socketPath: string;
  token: string;
  version: string;
}

/** What the thread sends when it is up. */
export const READY = "ready";
/** What the thread sends when it serves other processes. */
export const SERVING = "serving";
/** What the thread sends when a process it served has gone. */
export const CLIENT_LEFT = "client-left";
/** Asks the thread to close the database and end. */
export const CLOSE = "close";

/** The rows of a statement, its error, or a notification. */
const sqlAnswerSchema = z.union([
  z.object({ id: z.number(), rows: z.array(z.record(z.string(), z.unknown())), rowCount: z.number() }),
  z.object({
    id: z.number(),
    error: z.object({ message: z.string(), code: z.string().optional(), detail: z.string().optional() }),
  }),
  z.object({ channel: z.string(), payload: z.string() }),
]);

/** What a statement or the database gives. */
export type SqlAnswer = z.infer<typeof sqlAnswerSchema>;

/** Parses what comes from the thread. */
export const threadMessageSchema = z.union([
  sqlAnswerSchema,
  z.enum([READY, SERVING, CLIENT_LEFT]),
  z.object({ unserved: z.string() }),
]);

/** A message of the thread. */
export type ThreadMessage = z.infer<typeof threadMessageSchema>;

/** What a client says first. */
export const helloSchema = z.object({ token: z.string(), version: z.string() });

/** Parses what a client gets from the owner. */
export const ownerMessageSchema = z.union([
  sqlAnswerSchema,
  /** The first word of the owner: the client is let in, or has another version. */
  z.object({ welcome: z.boolean() }),
  /** The last word of an owner that closes: what has no answer yet was not carried out. */
  z.object({ bye: z.literal(true) }),
]);

/** A message of the owner. */
export type OwnerMessage = z.infer<typeof ownerMessageSchema>;

/** The error of a statement as it was in the database. */
export function statementError(error: {
  message: string;
  code?: string | undefined;
  detail?: string | undefined;
}) {
  return Object.assign(new Error(error.message), error);
}
