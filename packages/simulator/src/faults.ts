import { z } from "zod";

/** HTTP statuses the `http` fault can answer with. */
export type FaultStatus = 408 | 500 | 502 | 503 | 504 | 524 | 529;

/** One thing that goes wrong, once, when a model is asked. */
export type Fault =
  /** The provider's shared pool is busy; `retryAfterSeconds` adds a `Retry-After`. */
  | { kind: "upstream-429"; retryAfterSeconds?: number }
  /** The per-model cap (`limit_rpm`) of a free endpoint. */
  | { kind: "model-cap-429" }
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
  /** The right JSON inside a fence, with chatter around it. */
  | { kind: "fenced" }
  /** The free variant ended, with a paid suggestion. Lasts: the model stays gone and leaves `/models`. */
  | { kind: "vanished" }
  | { kind: "invalid-model-400" }
  | { kind: "no-endpoints-404" }
  | { kind: "harness-403" }
  | { kind: "moderation-403" }
  | { kind: "unauthorized-401" }
  | { kind: "insufficient-credits-402" }
  /** A good answer that was charged: `usage.cost` in USD. */
  | { kind: "cost"; cost: number }
  /** A good answer that names another model. */
  | { kind: "other-model"; model: string }
  /** The socket is destroyed before any answer. */
  | { kind: "reset" }
  /** Headers at once, whitespace for `ms` milliseconds, then the answer. */
  | { kind: "stall"; ms: number }
  /** No answer until the client goes away. */
  | { kind: "hang" }
  /** An error chunk in the middle of a stream (without streaming: an error body with HTTP 200). */
  | { kind: "sse-error" }
  /** The connection closes in the middle of the answer. */
  | { kind: "sse-cut" };

/** A named set of faults to run against. */
export interface Scenario {
  name: string;
  /** Faults queued from the start; `model` is an id, or `*` for any model. */
  faults: ReadonlyArray<{ model: string; faults: readonly Fault[] }>;
  /** Faults drawn at random for requests without a queued one; the probabilities add up to at most 1. */
  rates?: ReadonlyArray<{ fault: Fault; probability: number }>;
  /** Seed of the draws: the same seed gives the same draws. Default 1. */
  seed?: number;
}

const plainKinds = [
  "model-cap-429",
  "html-502",
  "choice-error",
  "empty",
  "reasoning-ate-budget",
  "prose",
  "truncated",
  "wrong-schema",
  "fenced",
  "vanished",
  "invalid-model-400",
  "no-endpoints-404",
  "harness-403",
  "moderation-403",
  "unauthorized-401",
  "insufficient-credits-402",
  "reset",
  "hang",
  "sse-error",
  "sse-cut",
] as const;

const faultStatuses = [408, 500, 502, 503, 504, 524, 529] as const;

/** Faults as they arrive from another process. Anything else is refused. */
export const faultSchema: z.ZodType<Fault> = z.union([
  z.strictObject({ kind: z.enum(plainKinds) }),
  z.strictObject({
    kind: z.literal("upstream-429"),
    retryAfterSeconds: z.int().nonnegative().exactOptional(),
  }),
  z.strictObject({ kind: z.literal("http"), status: z.literal(faultStatuses) }),
  z.strictObject({ kind: z.literal("error-in-200"), code: z.int().exactOptional() }),
  z.strictObject({ kind: z.literal("cost"), cost: z.number().positive() }),
  z.strictObject({ kind: z.literal("other-model"), model: z.string().min(1) }),
  z.strictObject({ kind: z.literal("stall"), ms: z.number().nonnegative() }),
]);
