import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { BlockList, isIPv6 } from "node:net";
import { SluiceError } from "@sluice/core";
import { within } from "../backends/within.ts";

/** How long answers under way may take when the server closes. */
const CLOSE_WAIT_MS = 1_000;

/** Whoever talks slowly, or much, is cut off. */
const LIMITS = {
  maxHeaderSize: 8_192,
  headersTimeout: 5_000,
  requestTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
};
const MAX_CONNECTIONS = 64;

/** What a server does. */
export interface HttpHandlers {
  answer(request: IncomingMessage, response: ServerResponse, isLoopback: boolean): void;
  /** Hears of errors of the server itself, after it has begun to listen. */
  onError(error: unknown): void;
}

/** A server that listens. */
export interface HttpListener {
  /** `http://127.0.0.1:9464` */
  readonly url: string;
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean;
  /** Within about a second, whatever is under way. */
  close(): Promise<void>;
}

/**
 * Listens on a port of one address.
 *
 * @throws SluiceError OPTION_INVALID when that cannot be, for example because another process uses the port.
 */
export async function listen(
  { port, host }: { port: number; host: string },
  { answer, onError }: HttpHandlers,
): Promise<HttpListener> {
  let isLoopback = true;
  const server = createServer(LIMITS, (request, response) => answer(request, response, isLoopback));
  server.maxConnections = MAX_CONNECTIONS;
  try {
    server.listen(port, host);
    await once(server, "listening");
  } catch (cause) {
    throw cannotListen(port, host, cause);
  }
  server.on("error", onError);
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw cannotListen(port, host, bound);
  isLoopback = isLoopbackAddress(bound.address);
  const shown = isIPv6(bound.address) ? `[${bound.address}]` : bound.address;
  return { url: `http://${shown}:${bound.port}`, isLoopback, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeIdleConnections();
  await within(closed, CLOSE_WAIT_MS);
  server.closeAllConnections();
}

function isLoopbackAddress(address: string): boolean {
  const loopback = new BlockList();
  loopback.addSubnet("127.0.0.0", 8);
  loopback.addAddress("::1", "ipv6");
  return loopback.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}

/** What to do about it, by the system's word for what is wrong. */
const REMEDIES: Partial<Record<string, string>> = {
  EADDRINUSE:
    "Another process uses this port: choose another one with --metrics-port or SLUICE_METRICS_PORT.",
  EACCES:
    "This user may not listen there: choose a port from 1024 with --metrics-port or SLUICE_METRICS_PORT.",
};
const OTHER_REMEDY = "Give --metrics-host an address of this machine, or leave it out.";

function cannotListen(port: number, host: string, cause: unknown): SluiceError {
  const reason = cause instanceof Error && "code" in cause ? String(cause.code) : String(cause);
  return new SluiceError("OPTION_INVALID", {
    message: `Metrics cannot be served on port ${port} of ${host} (${reason}). ${REMEDIES[reason] ?? OTHER_REMEDY}`,
    facts: { port, host, reason },
    cause,
  });
}
