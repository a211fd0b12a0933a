import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { keyMark } from "./bearer.ts";
import { errorReply } from "./errors.ts";
import type { JournalEntry } from "./journal.ts";
import type { Reply } from "./reply.ts";
import { completeChat } from "./routes/chat-completions.ts";
import { addUsage, advanceClock, health, queueFaults, readJournal } from "./routes/control.ts";
import { describeCredits } from "./routes/credits.ts";
import { createEmbeddings } from "./routes/embeddings.ts";
import { describeGeneration } from "./routes/generation.ts";
import { describeKey } from "./routes/key.ts";
import { listEmbeddingModels, listEndpoints, listModels, listUserModels } from "./routes/models.ts";
import type { Exchange, Route } from "./routes/route.ts";
import { type Outlet, send } from "./send.ts";
import type { Simulation } from "./simulation.ts";

const ROUTES: Readonly<Record<string, Route>> = {
  "POST /api/v1/chat/completions": completeChat,
  "POST /api/v1/embeddings": createEmbeddings,
  "GET /api/v1/embeddings/models": listEmbeddingModels,
  "GET /api/v1/models": listModels,
  "GET /api/v1/models/user": listUserModels,
  "GET /api/v1/models/:author/:slug/endpoints": listEndpoints,
  "GET /api/v1/key": describeKey,
  "GET /api/v1/credits": describeCredits,
  "GET /api/v1/generation": describeGeneration,
  "GET /_simulator/health": health,
  "GET /_simulator/journal": readJournal,
  "POST /_simulator/script": queueFaults,
  "POST /_simulator/clock": advanceClock,
  "POST /_simulator/usage": addUsage,
};

const ENDPOINTS_PATH = /^\/api\/v1\/models\/[^/]+\/[^/]+\/endpoints$/;

const CONTROL_PREFIX = "/_simulator/";

/** An HTTP server over a simulation; not listening yet. */
export function createSimulatorServer(simulation: Simulation): Server {
  return createServer((request, response) => {
    void handle(simulation, request, response);
  });
}

async function handle(simulation: Simulation, request: IncomingMessage, response: ServerResponse) {
  const url = new URL(request.url ?? "/", "http://127.0.0.1");
  const entry = openEntry(simulation, request, url.pathname);
  const gone = new AbortController();
  response.on("close", () => {
    entry.status = response.headersSent ? response.statusCode : 0;
    if (response.writableFinished) return;
    entry.aborted = true;
    gone.abort();
  });
  const outlet: Outlet = {
    response,
    signal: gone.signal,
    wire: simulation.wire,
    now: () => simulation.now(),
  };
  try {
    const body = await readJson(request);
    if (simulation.keepBodies && body !== undefined) entry.body = body;
    const { headers } = request;
    const exchange: Exchange = {
      simulation,
      entry,
      headers,
      query: url.searchParams,
      body,
      signal: gone.signal,
    };
    await send(await route(exchange), outlet);
  } catch (error) {
    if (!response.headersSent) await send(internalError(error), outlet);
    else response.destroy();
  }
}

function openEntry(simulation: Simulation, request: IncomingMessage, path: string): JournalEntry {
  const method = request.method ?? "GET";
  const known = findRoute(method, path) !== undefined;
  const at = simulation.now();
  const key = keyMark(request.headers.authorization);
  const entry: JournalEntry = {
    at,
    method,
    path,
    ...(key === null ? {} : { key }),
    status: 0,
    known,
    counted: false,
    charges: 0,
  };
  if (!path.startsWith(CONTROL_PREFIX)) simulation.journal.push(entry);
  return entry;
}

function route(exchange: Exchange): Reply | Promise<Reply> {
  const { method, path } = exchange.entry;
  const answer = findRoute(method, path);
  return answer === undefined ? unknownRoute(method, path) : answer(exchange);
}

function findRoute(method: string, path: string): Route | undefined {
  const pattern = ENDPOINTS_PATH.test(path) ? "/api/v1/models/:author/:slug/endpoints" : path;
  return ROUTES[`${method} ${pattern}`];
}

function unknownRoute(method: string, path: string): Reply {
  const served = Object.keys(ROUTES).join(", ");
  return errorReply({
    status: 404,
    message: `The simulator has no route ${method} ${path}. It serves: ${served}.`,
  });
}

function internalError(error: unknown): Reply {
  const message = error instanceof Error ? error.message : String(error);
  return errorReply({ status: 500, message: `The simulator failed: ${message}` });
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
