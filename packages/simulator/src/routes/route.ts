import type { IncomingHttpHeaders } from "node:http";
import type { JournalEntry } from "../journal.ts";
import type { Reply } from "../reply.ts";
import type { Simulation } from "../simulation.ts";

/** One request as a route sees it. */
export interface Exchange {
  simulation: Simulation;
  entry: JournalEntry;
  headers: IncomingHttpHeaders;
  query: URLSearchParams;
  /** Parsed JSON body; undefined when the body is empty or not JSON. */
  body: unknown;
  /** Fires when the client goes away. */
  signal: AbortSignal;
}

/** Answers one method and path. */
export type Route = (exchange: Exchange) => Reply | Promise<Reply>;
