import { z } from "zod";
import type { Simulator } from "../src/simulator.ts";

/** A free model without any peculiarity. */
export const MODEL = "nvidia/nemotron-3-super-120b-a12b:free";

const AUTHORIZED = { authorization: "Bearer k" };

const errorBody = z.looseObject({
  error: z.looseObject({
    code: z.union([z.number(), z.string()]),
    message: z.string(),
    metadata: z.record(z.string(), z.unknown()).optional(),
    availability: z.record(z.string(), z.unknown()).optional(),
  }),
});

/** Asks for a chat completion of `MODEL`, or of what the body names. */
export function chat(
  simulator: Simulator,
  body: Record<string, unknown> = {},
  init: RequestInit = {},
): Promise<Response> {
  const message = { role: "user", content: "Say hello to the world." };
  return fetch(`${simulator.url}/chat/completions`, {
    method: "POST",
    headers: AUTHORIZED,
    body: JSON.stringify({ ...("models" in body ? {} : { model: MODEL }), messages: [message], ...body }),
    ...init,
  });
}

/** A free model for embeddings, with the least context. */
export const EMBEDDING_MODEL = "liquid/lfm-2.5-embedding-350m:free";

/** Asks for embeddings of `EMBEDDING_MODEL`, or of what the body names. */
export function embed(simulator: Simulator, body: Record<string, unknown> = {}): Promise<Response> {
  return fetch(`${simulator.url}/embeddings`, {
    method: "POST",
    headers: AUTHORIZED,
    body: JSON.stringify({ model: EMBEDDING_MODEL, input: "Hello, world.", ...body }),
  });
}

/** An error as a client sees it. */
export interface Refusal {
  status: number;
  headers: Response["headers"];
  error: z.infer<typeof errorBody>["error"];
  metadata: Record<string, unknown>;
}

/** Asks for a chat completion that is refused, and reads the error. */
export async function refusal(simulator: Simulator, body: Record<string, unknown> = {}): Promise<Refusal> {
  const response = await chat(simulator, body);
  const { error } = errorBody.parse(await response.json());
  return { status: response.status, headers: response.headers, metadata: error.metadata ?? {}, error };
}

/** Statuses of as many requests, one after the other. */
export async function statuses(simulator: Simulator, count: number, body: Record<string, unknown> = {}) {
  const seen: number[] = [];
  for (let sent = 0; sent < count; sent++) seen.push((await chat(simulator, body)).status);
  return seen;
}

/** The body of a GET, as JSON. */
export async function read(simulator: Simulator, path: string): Promise<unknown> {
  return (await get(simulator, path)).json();
}

/** A GET with the key. */
export function get(simulator: Simulator, path: string): Promise<Response> {
  return fetch(`${simulator.url}${path}`, { headers: AUTHORIZED });
}

const keyBody = z.looseObject({
  data: z.looseObject({ usage: z.number(), free_model_daily_requests: z.looseObject({ used: z.number() }) }),
});

/** Requests of today, as `GET /key` tells them. */
export async function toldByKey(simulator: Simulator): Promise<number> {
  return keyBody.parse(await read(simulator, "/key")).data.free_model_daily_requests.used;
}
