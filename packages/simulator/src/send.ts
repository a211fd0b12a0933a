import type { ServerResponse } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { completionBody } from "./completion.ts";
import type { Reply } from "./reply.ts";
import { DONE, errorChunk, PROCESSING_COMMENT, streamChunks } from "./sse.ts";

type CompletionReply = Extract<Reply, { kind: "completion" }>;

const HEARTBEAT_MS = 10;

/** Writes a reply. `signal` fires when the client goes away, which ends every wait. */
export async function send(reply: Reply, response: ServerResponse, signal: AbortSignal): Promise<void> {
  switch (reply.kind) {
    case "error":
      return sendText(response, { ...reply, type: "application/json", text: JSON.stringify(reply.body) });
    case "json":
      return sendText(response, { ...reply, type: "application/json", text: JSON.stringify(reply.body) });
    case "html":
      return sendText(response, { ...reply, type: "text/html", text: reply.html });
    case "completion":
      return sendCompletion(reply, response, signal);
    case "reset":
      response.socket?.resetAndDestroy();
      return;
    case "hang":
      return waitForAbort(signal);
  }
}

interface TextAnswer {
  status: number;
  type: string;
  text: string;
  headers?: Record<string, string>;
}

function sendText(response: ServerResponse, { status, type, text, headers = {} }: TextAnswer): void {
  response.writeHead(status, { "Content-Type": type, ...headers });
  response.end(text);
}

async function sendCompletion(
  reply: CompletionReply,
  response: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { completion, stream, heartbeatMs = 0, breaks } = reply;
  response.writeHead(200, {
    "Content-Type": stream ? "text/event-stream" : "application/json",
    "X-Generation-Id": completion.id,
  });
  const heartbeat = stream ? PROCESSING_COMMENT : "\n";
  if (stream) response.write(heartbeat);
  await beat({ response, heartbeat, forMs: heartbeatMs, signal });
  const parts = stream ? streamChunks(completion) : [JSON.stringify(completionBody(completion))];
  if (breaks === undefined) {
    for (const part of parts) response.write(part);
    response.end(stream ? DONE : undefined);
    return;
  }
  await writeHalf(response, parts);
  if (breaks === "error") response.end(errorChunk(completion));
  else response.socket?.destroy();
}

/** Writes the first half of an answer and waits until the bytes have left. */
function writeHalf(response: ServerResponse, parts: string[]): Promise<void> {
  const text = parts.length === 1 ? (parts[0] ?? "") : parts.slice(0, Math.ceil(parts.length / 2)).join("");
  const half = parts.length === 1 ? text.slice(0, Math.ceil(text.length / 2)) : text;
  return new Promise((resolve) => {
    response.write(half, () => resolve());
  });
}

interface Beat {
  response: ServerResponse;
  heartbeat: string;
  forMs: number;
  signal: AbortSignal;
}

async function beat({ response, heartbeat, forMs, signal }: Beat): Promise<void> {
  const end = performance.now() + forMs;
  response.flushHeaders();
  while (performance.now() < end && !signal.aborted) {
    response.write(heartbeat);
    await pause(Math.min(HEARTBEAT_MS, end - performance.now()), signal);
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
