import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { completionBody } from "./completion.ts";
import type { Reply } from "./reply.ts";
import { DONE, deltaChunks } from "./sse.ts";

const FILLER = "waiting ".repeat(8 * 1024);
const MARK = "-".repeat(16);

/** Writes an answer blown up to many bytes, no faster than the client takes it. */
export async function sendFlood(
  flood: Extract<Reply, { kind: "flood" }>,
  response: ServerResponse,
): Promise<void> {
  const { stream, gzip, bytes } = flood;
  const completion = { ...flood.completion, content: MARK };
  const text = stream ? deltaChunks(completion).join("") + DONE : JSON.stringify(completionBody(completion));
  response.writeHead(200, {
    "Content-Type": stream ? "text/event-stream" : "application/json",
    ...(gzip ? { "Content-Encoding": "gzip" } : {}),
  });
  const source = Readable.from(parts(text, bytes), { objectMode: false });
  const written = gzip ? pipeline(source, createGzip({ level: 1 }), response) : pipeline(source, response);
  // A client that has seen enough hangs up; that is the point of a flood, and no failure.
  await written.catch(() => undefined);
}

/** The text with its mark replaced by filler, so that the whole has this many bytes. */
function* parts(text: string, bytes: number): Generator<string> {
  const [before = "", after = ""] = text.split(MARK);
  yield before;
  let left = Math.max(0, bytes - before.length - after.length);
  for (; left > 0; left -= FILLER.length) yield FILLER.slice(0, left);
  yield after;
}
