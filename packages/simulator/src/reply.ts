import type { Completion } from "./completion.ts";

/** The body of every OpenRouter error. */
interface ErrorBody {
  error: {
    /** A number, unless a knob makes it a string. */
    code: number | string;
    message: string;
    metadata?: Record<string, unknown>;
    availability?: Record<string, unknown>;
  };
  user_id?: string;
  openrouter_metadata?: Record<string, unknown>;
}

/** A refusal or failure with an HTTP status and a JSON body. */
export interface ErrorReply {
  kind: "error";
  status: number;
  body: ErrorBody;
  headers?: Record<string, string>;
}

/** How an answer ends in the middle. */
type StreamBreak = { by: "error"; choices: "one" | "empty" | "absent" } | { by: "cut" } | { by: "no-finish" };

/** Everything a route can answer with; `send.ts` turns it into bytes. */
export type Reply =
  | ErrorReply
  | { kind: "json"; status: number; body: unknown; headers?: Record<string, string> }
  | { kind: "html"; status: number; html: string }
  /** A completion, as JSON or as a stream. */
  | {
      kind: "completion";
      completion: Completion;
      stream: boolean;
      /** Milliseconds of whitespace between the headers and the answer. */
      heartbeatMs?: number;
      /** Milliseconds between two pieces of it. Default 10. */
      heartbeatEveryMs?: number;
      /** What routing did, for requests that asked to be told. */
      routerMetadata?: Record<string, unknown>;
      /** Ends in the middle: with an error chunk, with a destroyed connection, or as if all were well. */
      breaks?: StreamBreak;
    }
  /** A completion blown up to this many bytes, which may be packed. */
  | { kind: "flood"; completion: Completion; stream: boolean; bytes: number; gzip: boolean }
  /** The socket is destroyed. */
  | { kind: "reset" }
  /** Silence until the client goes away. */
  | { kind: "hang" };

/** A successful JSON answer. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return { kind: "json", status, body, headers };
}

/** The HTTP status of a reply; 0 when it never has one. */
export function statusOf(reply: Reply): number {
  if (reply.kind === "reset" || reply.kind === "hang") return 0;
  return "status" in reply ? reply.status : 200;
}
