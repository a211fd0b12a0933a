import { z } from "zod";
import type { Pricing } from "./catalogue.ts";
import { type PackFault, type PackShares, packFaultSchema } from "./packs/pack-faults.ts";

/** HTTP statuses the `http` fault can answer with. */
export type FaultStatus = 408 | 500 | 502 | 503 | 504 | 524 | 529;

/** One thing that goes wrong, once, when a model is asked. */
export type Fault =
  /** Nothing goes wrong: a good answer between two faults. */
  | { kind: "ok" }
  /** What goes wrong with the answer to a request that carries several documents. */
  | PackFault
  /** The provider's shared pool is busy; `retryAfterSeconds` adds a `Retry-After`. */
  | { kind: "upstream-429"; retryAfterSeconds?: number }
  /** The per-model cap (`limit_rpm`) of a free endpoint. Default: 8 requests a minute. */
  | { kind: "model-cap-429"; limit?: number }
  /** The per-model cap of the day (`limit_rpd`), which ends at midnight UTC. Default: 100 requests a day. */
  | { kind: "model-day-cap-429"; limit?: number }
  /** No free capacity, told by `availability`. Default: retry after 10 s. */
  | { kind: "capacity-429"; retryAfterSeconds?: number }
  /** A plain error answer. */
  | { kind: "http"; status: FaultStatus }
  /** A proxy's HTML page instead of JSON. */
  | { kind: "html-502" }
  /** HTTP 200 whose body is an error. Default code: 502. */
  | { kind: "error-in-200"; code?: number }
  /** HTTP 200 whose choice broke off with an error after partial text. */
  | { kind: "choice-error" }
  /** HTTP 200 without any text. */
  | { kind: "empty" }
  /** All output tokens went into reasoning. */
  | { kind: "reasoning-ate-budget" }
  /** Prose instead of JSON. */
  | { kind: "prose" }
  /** The answer is cut; `finish_reason` is `length`. */
  | { kind: "truncated" }
  /** Valid JSON that breaks the schema. */
  | { kind: "wrong-schema" }
  /** Any text in the place of the answer's, however long. */
  | { kind: "text"; content: string }
  /** The right JSON inside a fence, with chatter around it. */
  | { kind: "fenced" }
  /** The free variant ended, with a paid suggestion. Lasts: the model stays gone and leaves `/models`. */
  | { kind: "vanished" }
  /** A good answer, but the model leaves `/models`. Lasts. */
  | { kind: "delisted" }
  | { kind: "invalid-model-400" }
  /** The provider refuses `response_format`. */
  | { kind: "provider-400" }
  | { kind: "no-endpoints-404" }
  /** The account's privacy settings forbid the model. */
  | { kind: "data-policy-404" }
  /** The same as a guardrail, in the newer wording. */
  | { kind: "guardrails-404" }
  | { kind: "harness-403" }
  | { kind: "moderation-403" }
  /** A guardrail found a prompt injection. */
  | { kind: "guardrail-403" }
  /** The key's spending limit is used up. */
  | { kind: "key-limit-403" }
  | { kind: "unauthorized-401" }
  | { kind: "insufficient-credits-402" }
  /**
   * A tool call whose arguments are not JSON. This and the next three call a tool whatever the request says,
   * as long as it offers one; otherwise the answer stays as it is.
   */
  | { kind: "malformed-tool-arguments" }
  /** A tool call whose arguments are an empty text. */
  | { kind: "empty-tool-arguments" }
  /** A call of a tool that the request does not offer. Default name: `no_such_tool`. */
  | { kind: "unknown-tool"; name?: string }
  /** The model never stops calling tools. Lasts: every later answer to a request with tools is a call. */
  | { kind: "endless-tool-calls" }
  /**
   * The model's price changes at once, and so for this request; `/models` shows the old one for
   * `staleListingMs` milliseconds (default 0).
   */
  | { kind: "price"; pricing: Pricing; staleListingMs?: number }
  /** A good answer that was charged: `usage.cost` in USD. */
  | { kind: "cost"; cost: number }
  /** A good answer that names another model. */
  | { kind: "other-model"; model: string }
  /** The socket is destroyed before any answer. */
  | { kind: "reset" }
  /** Nothing at all for `ms` milliseconds, then the answer. */
  | { kind: "slow"; ms: number }
  /** Headers at once, whitespace for `ms` milliseconds, a byte every `everyMs` (default 10), then the answer. */
  | { kind: "stall"; ms: number; everyMs?: number }
  /** No answer until the client goes away. */
  | { kind: "hang" }
  /**
   * An error chunk in the middle of a stream (without streaming: an error body with HTTP 200), beside one
   * choice, none, or without `choices`. Default "one". It comes after the whole text, or after `afterTokens`
   * tokens of it; so do the next two.
   */
  | { kind: "sse-error"; choices?: "one" | "empty" | "absent"; afterTokens?: number }
  /** The connection is destroyed in the middle of the answer. */
  | { kind: "sse-cut"; afterTokens?: number }
  /** The answer ends in the middle as if it were complete: no `finish_reason`, no end mark. */
  | { kind: "sse-no-finish"; afterTokens?: number }
  /** An answer of this many bytes. Default 64 MiB. */
  | { kind: "oversized-body"; bytes?: number }
  /** An answer that is small on the wire and this many bytes when it is unpacked. Default 64 MiB. */
  | { kind: "gzip-bomb"; bytes?: number };

/** A named set of faults to run against. */
export interface Scenario {
  name: string;
  /** Faults queued from the start; `model` is an id, or `*` for any model. */
  faults: ReadonlyArray<{ model: string; faults: readonly Fault[] }>;
  /**
   * Faults drawn at random for requests without a queued one, for one model id or (default) for any. The
   * probabilities that concern a model add up to at most 1.
   */
  rates?: ReadonlyArray<{ fault: Fault; probability: number; model?: string }>;
  /** How often items of packed requests come back wrong, on top of the faults above. Default: never. */
  packs?: PackShares;
  /** Seed of the draws: the same seed gives the same draws. Default 1. */
  seed?: number;
}

const plainRefusals = [
  "html-502",
  "vanished",
  "invalid-model-400",
  "provider-400",
  "no-endpoints-404",
  "data-policy-404",
  "guardrails-404",
  "harness-403",
  "moderation-403",
  "guardrail-403",
  "key-limit-403",
  "unauthorized-401",
  "insufficient-credits-402",
] as const;

const plainSpoilers = [
  "choice-error",
  "empty",
  "reasoning-ate-budget",
  "prose",
  "truncated",
  "wrong-schema",
  "fenced",
  "malformed-tool-arguments",
  "empty-tool-arguments",
  "endless-tool-calls",
  "reset",
  "hang",
  "delisted",
  "ok",
] as const;

const faultStatuses = [408, 500, 502, 503, 504, 524, 529] as const;

const price = z.string().min(1);

const pricing = z.strictObject({
  prompt: price,
  completion: price,
  request: price.exactOptional(),
  image: price.exactOptional(),
});

/** Faults as they arrive from another process. Anything else is refused. */
export const faultSchema: z.ZodType<Fault> = z.union([
  z.strictObject({ kind: z.enum(plainRefusals) }),
  z.strictObject({ kind: z.enum(plainSpoilers) }),
  packFaultSchema,
  z.strictObject({
    kind: z.enum(["upstream-429", "capacity-429"]),
    retryAfterSeconds: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({
    kind: z.enum(["model-cap-429", "model-day-cap-429"]),
    limit: z.int().positive().exactOptional(),
  }),
  z.strictObject({ kind: z.literal("text"), content: z.string() }),
  z.strictObject({ kind: z.literal("unknown-tool"), name: z.string().min(1).exactOptional() }),
  z.strictObject({ kind: z.literal("http"), status: z.literal(faultStatuses) }),
  z.strictObject({ kind: z.literal("error-in-200"), code: z.int().exactOptional() }),
  z.strictObject({ kind: z.literal("cost"), cost: z.number().positive() }),
  z.strictObject({ kind: z.literal("other-model"), model: z.string().min(1) }),
  z.strictObject({ kind: z.literal("slow"), ms: z.number().nonnegative() }),
  z.strictObject({
    kind: z.literal("stall"),
    ms: z.number().nonnegative(),
    everyMs: z.number().positive().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("price"),
    pricing,
    staleListingMs: z.number().nonnegative().exactOptional(),
  }),
  z.strictObject({
    kind: z.literal("sse-error"),
    choices: z.enum(["one", "empty", "absent"]).exactOptional(),
    afterTokens: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({
    kind: z.enum(["sse-cut", "sse-no-finish"]),
    afterTokens: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({
    kind: z.enum(["oversized-body", "gzip-bomb"]),
    bytes: z.int().positive().exactOptional(),
  }),
]);
