import type { IncomingHttpHeaders } from "node:http";
import { FREE_ROUTER_ID } from "./catalogue.ts";
import type { JournalEntry } from "./journal.ts";
import type { Reply } from "./reply.ts";

/** True when the request asks to be told what routing did; by default nobody is. */
export function wantsRouterMetadata(headers: IncomingHttpHeaders): boolean {
  const asked = headers["x-openrouter-metadata"] ?? headers["x-openrouter-experimental-metadata"];
  return asked === "enabled";
}

/** The `openrouter_metadata` of a request, or null when it never named a model. */
export function routerMetadata(entry: JournalEntry): Record<string, unknown> | null {
  const { model, models = [], attempts = [], servedModel } = entry;
  const requested = model ?? models[0];
  if (requested === undefined) return null;
  const tried = attempts.filter(({ reachedProvider }) => reachedProvider);
  const available = tried.map(({ model: id, provider }) => ({
    provider,
    model: id,
    selected: id === servedModel,
  }));
  const selected = available.find((endpoint) => endpoint.selected);
  return {
    requested,
    strategy: strategyOf(requested, attempts.length),
    region: null,
    summary: `available=${available.length}${selected === undefined ? "" : `, selected=${selected.provider}`}`,
    attempt: tried.length,
    is_byok: false,
    endpoints: { total: attempts.length, available },
    attempts: tried.map(({ model: id, provider, status }) => ({ provider, model: id, status })),
  };
}

function strategyOf(requested: string, attempts: number): "free" | "fallback" | "direct" {
  if (attempts > 1) return "fallback";
  return requested === FREE_ROUTER_ID ? "free" : "direct";
}

/** A reply with the metadata where OpenRouter puts it: in the answer or beside the error, but never on a 500. */
export function withRouterMetadata(reply: Reply, metadata: Record<string, unknown>): Reply {
  if (reply.kind === "completion") return { ...reply, routerMetadata: metadata };
  if (reply.kind !== "error" || reply.status === 500) return reply;
  return { ...reply, body: { ...reply.body, openrouter_metadata: metadata } };
}
