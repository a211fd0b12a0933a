import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { completionBody } from "./completion.ts";
import { sendFlood } from "./flood.ts";
import type { Reply } from "./reply.ts";
import type { WireSettings } from "./settings.ts";
import { shapeError } from "./shape-error.ts";
import { closingChunks, DONE, deltaChunks, errorChunk, PROCESSING_COMMENT } from "./sse.ts";

type CompletionReply = Extract<Reply, { kind: "completion" }>;

/** Where a reply goes, and how it is worded. */
export interface Outlet {
  response: ServerResponse;
  wire: WireSettings;
  /** The server's time, epoch ms. */
  now: () => number;
  /** Fires when the client goes away, which ends every wait. */
  signal: AbortSignal;
}

const HEARTBEAT_MS = 10;

/** Writes a reply. */
export async function send(reply: Reply, outlet: Outlet): Promise<void> {
  const { response, now } = outlet;
  response.setHeader("Date", new Date(now()).toUTCString());
  switch (reply.kind) {
    case "error": {
      const { status, body, headers } = shapeError(reply, outlet.wire);
      return sendText(response, { status, headers, type: "application/json", text: JSON.stringify(body) });
    }
    case "json":
      return sendText(response, { ...reply, type: "application/json", text: JSON.stringify(reply.body) });
    case "html":
      return sendText(response, { ...reply, type: "text/html", text: reply.html });
    case "completion":
      return sendCompletion(reply, outlet);
    case "flood":
      return sendFlood(reply, response);
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return waitForAbort(outlet.signal);
  }
}

interface TextAnswer {
  status: number;
  type: string;
  text: string;
  headers?: Record<string, string> | undefined;
}

function sendText(response: ServerResponse, { status, type, text, headers = {} }: TextAnswer): void {
  response.writeHead(status, { "Content-Type": type, ...headers });
  response.end(text);
}

async function sendCompletion(reply: CompletionReply, outlet: Outlet): Promise<void> {
  const { completion, stream, heartbeatMs = 0, heartbeatEveryMs, breaks, routerMetadata } = reply;
  const { response, wire } = outlet;
  response.writeHead(200, {
    "Content-Type": stream ? "text/event-stream" : "application/json",
    "X-Generation-Id": completion.id,
  });
  const comment = wire.sseComments ? PROCESSING_COMMENT : "";
  const heartbeat = stream ? comment : "\n";
  if (stream && heartbeat !== "") response.write(heartbeat);
  await beat(outlet, heartbeat, { forMs: heartbeatMs, everyMs: heartbeatEveryMs });
  const text = stream
    ? deltaChunks(completion).join("")
    : JSON.stringify(completionBody(completion, routerMetadata));
  if (breaks === undefined) {
    const last = { usageChoices: wire.usageChunkChoices, routerMetadata };
    response.end(stream ? [text, ...closingChunks(completion, last), DONE].join("") : text);
    return;
  }
  await writeStart(response, stream ? text : text.slice(0, Math.ceil(text.length / 2)));
  if (breaks.by === "cut") response.socket?.destroy();
  else if (breaks.by === "no-finish") response.end();
  else {
    const style = { choices: breaks.choices, codeAsString: wire.errorCodeAsString, routerMetadata };
    response.end(errorChunk(completion, style));
  }
}

/** Writes the start of an answer and waits until the bytes have left. */
function writeStart(response: ServerResponse, text: string): Promise<void> {
  return new Promise((resolve) => {
    response.write(text, () => resolve());
  });
}

async function beat(
  { response, signal }: Outlet,
  heartbeat: string,
  { forMs, everyMs = HEARTBEAT_MS }: { forMs: number; everyMs?: number | undefined },
): Promise<void> {
  const end = performance.now() + forMs;
  response.flushHeaders();
  while (performance.now() < end && !signal.aborted) {
    if (heartbeat !== "") response.write(heartbeat);
    await pause(Math.min(everyMs, end - performance.now()), signal);
  }
}

/** Waits, but not longer than the client does. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms <= 0) return;
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
