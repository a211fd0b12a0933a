import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import type { ChatBody } from "./chat.ts";

/** What the server answers to one chat completion: a status other than 200, or text and tool calls. */
export interface ScriptedReply {
  status?: number;
  text?: string | null;
  calls?: ReadonlyArray<{ name: string; arguments: unknown; id?: string }>;
}

/** A server that answers chat completions from a script; beyond it, with HTTP 500. */
export interface ScriptedServer extends AsyncDisposable {
  url: string;
  /** The bodies of the chat completions it got, in order. */
  bodies: Array<ChatBody & { stream?: boolean }>;
  /** Every path it was asked for, in order. */
  paths: string[];
}

const model = (id: string, parameters: string[]) => ({
  id,
  context_length: 100_000,
  architecture: { input_modalities: ["text"], output_modalities: ["text"] },
  pricing: { prompt: "0", completion: "0" },
  top_provider: { context_length: 100_000, max_completion_tokens: 8_000 },
  supported_parameters: ["max_tokens", "temperature", ...parameters],
});

/** The largest comes first: it knows no tools; the second cannot be told to call one. */
const CATALOGUE = [
  model("test/toolless-300b:free", []),
  model("test/unforced-200b:free", ["tools"]),
  model("test/first-100b:free", ["tools", "tool_choice", "response_format", "structured_outputs"]),
  model("test/second-50b:free", ["tools", "tool_choice"]),
];

/** Starts a scripted server on a free port of this machine. */
export async function startScriptedServer(...script: ScriptedReply[]): Promise<ScriptedServer> {
  const bodies: ScriptedServer["bodies"] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const path = request.url ?? "";
    paths.push(path);
    if (path.endsWith("/models/user")) return sendJson(response, 200, { data: CATALOGUE });
    if (!path.endsWith("/chat/completions")) return sendJson(response, 404, {});
    const body = await readBody(request);
    bodies.push(body);
    const { status = 200, ...said } = script.shift() ?? { status: 500 };
    if (status !== 200) return sendJson(response, status, { error: { code: status, message: "scripted" } });
    if (body.stream) return sendStream(response, said);
    sendJson(response, 200, completion(body.model, said));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    paths,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function readBody(request: IncomingMessage): Promise<ScriptedServer["bodies"][number]> {
  return JSON.parse(await text(request));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function wireCalls({ calls = [] }: ScriptedReply) {
  return calls.map(({ name, arguments: args, id }, index) => ({
    id: id ?? `provider-${index}`,
    type: "function",
    function: { name, arguments: args },
  }));
}

const usage = { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10, cost: 0 };

function completion(id: string, said: ScriptedReply): unknown {
  const message = { role: "assistant", content: said.text ?? null, tool_calls: wireCalls(said) };
  return {
    model: id,
    choices: [{ index: 0, finish_reason: said.calls ? "tool_calls" : "stop", message }],
    usage,
  };
}

/** The arguments come in two pieces, as they do from most servers. */
function sendStream(response: ServerResponse, said: ScriptedReply): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  const send = (chunk: unknown) => response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  send({ choices: [{ index: 0, delta: { role: "assistant", content: said.text ?? "" } }] });
  for (const [index, call] of wireCalls(said).entries()) {
    const args = String(call.function.arguments);
    const piece = (delta: object) =>
      send({ choices: [{ index: 0, delta: { tool_calls: [{ index, ...delta }] } }] });
    piece({ ...call, function: { name: call.function.name, arguments: args.slice(0, 3) } });
    piece({ function: { arguments: args.slice(3) } });
  }
  send({ choices: [{ index: 0, delta: {}, finish_reason: "stop" }], usage });
  response.end("data: [DONE]\n\n");
}
