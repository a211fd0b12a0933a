import { describe, expect, it } from "vitest";
import type { ErrorBody } from "./chat.ts";
import { classifyFailure, classifyReply, type FailureKind } from "./classify-error.ts";

const http = (status: number, error?: ErrorBody, headers?: Record<string, string>) =>
  classifyFailure({ kind: "http", status, error, headers });

const limited = (metadata: Record<string, unknown>, message = "Rate limit exceeded") =>
  http(429, { code: 429, message, metadata });

describe("classifying failures", () => {
  it.each<[string, number, ErrorBody, FailureKind]>([
    ["a bad key", 401, { message: "User not found." }, "auth"],
    ["payment required", 402, { message: "Insufficient credits." }, "money"],
    [
      "a spent key",
      403,
      { message: "Key limit exceeded", metadata: { limit_source: "openrouter_key_limit" } },
      "money",
    ],
    ["a gated model", 403, { message: "x:free is only available on agentic harnesses." }, "model-unfit"],
    ["moderation", 403, { message: "flagged", metadata: { reasons: ["violence"] } }, "model-unfit"],
    [
      "the server's price guard",
      404,
      { message: "No endpoints found that satisfy the max price" },
      "model-priced",
    ],
    [
      "an ended free model",
      404,
      { message: "This model is unavailable for free. Use this slug instead: a/b" },
      "model-gone",
    ],
    [
      "an ended free model, by code",
      404,
      { message: "x", availability: { code: "free_variant_ended" } },
      "model-gone",
    ],
    ["no tool support", 404, { message: "No endpoints found that support tool use." }, "model-unfit"],
    [
      "a data policy",
      404,
      { message: "No endpoints found matching your data policy (Free model training)." },
      "model-unfit",
    ],
    ["a passing upstream failure", 404, { message: "No endpoints found for a/b:free." }, "model-busy"],
    ["an unknown id", 400, { message: "a/b:free is not a valid model ID" }, "model-gone"],
    [
      "context overflow",
      400,
      { message: "This endpoint's maximum context length is 10 tokens." },
      "model-unfit",
    ],
    ["our own fault", 400, { message: "Unrecognized key(s) in object: 'x'" }, "request-refused"],
    ["too large", 413, { message: "Request payload too large" }, "request-refused"],
    ["a server fault", 500, { message: "Internal Server Error" }, "model-busy"],
    ["an overloaded provider", 529, { message: "Provider returned error" }, "model-busy"],
  ])("knows %s", (_what, status, error, kind) => {
    expect(http(status, error).kind).toBe(kind);
  });

  it("tells the seven kinds of 429 apart", () => {
    const headers = { "X-RateLimit-Limit": "20", "X-RateLimit-Reset": "1788739260000" };
    expect(limited({ limit_source: "openrouter_free_tier_per_minute", headers })).toMatchObject({
      kind: "account-minute",
      resetAt: 1_788_739_260_000,
      limit: 20,
    });
    expect(limited({ limit_source: "openrouter_free_tier_daily" }).kind).toBe("account-day");
    expect(limited({}, "Rate limit exceeded: free-models-per-day-high-balance. ").kind).toBe("account-day");
    expect(limited({}, "Rate limit exceeded: free-models-per-min. ").kind).toBe("account-minute");
    expect(limited({}, "Rate limit exceeded: free-models-per-day-stealth").kind).toBe("model-day");
    expect(limited({ limit_source: "openrouter_shared_capacity", raw: "limit_rpm/a/b" }).kind).toBe(
      "model-busy",
    );
    expect(
      limited({ limit_source: "openrouter_shared_capacity" }, "Daily limit reached for x:free via Y.").kind,
    ).toBe("model-day");
    expect(limited({ limit_source: "upstream_provider_shared_pool", retry_after_seconds: 17 })).toMatchObject(
      {
        kind: "model-busy",
        retryAfterMs: 17_000,
      },
    );
  });

  it("takes an unknown 429 for the account's, so that the chain is not walked into it", () => {
    expect(limited({}, "slow down").kind).toBe("account-minute");
  });

  it("reads a Retry-After header where the body says nothing", () => {
    expect(http(503, { message: "x" }, { "retry-after": "9" })).toMatchObject({
      kind: "model-busy",
      retryAfterMs: 9_000,
    });
  });

  it("judges an error inside a 200 as its status would be judged", () => {
    expect(
      classifyReply({ error: { code: 502, message: "Worker local total request limit reached" } })?.kind,
    ).toBe("model-busy");
    expect(classifyReply({ error: { code: 402, message: "pay" } })?.kind).toBe("money");
    expect(
      classifyReply({ choices: [{ error: { code: 429, message: "temporarily rate-limited upstream" } }] })
        ?.kind,
    ).toBe("model-busy");
  });

  it.each<[string, Parameters<typeof classifyReply>[0], FailureKind]>([
    ["no choices", { choices: [] }, "model-busy"],
    ["an empty answer", { choices: [{ finish_reason: "stop", message: { content: " " } }] }, "empty-answer"],
    ["no content", { choices: [{ finish_reason: "stop", message: { content: null } }] }, "empty-answer"],
    ["a cut answer", { choices: [{ finish_reason: "length", message: { content: "{" } }] }, "cut-answer"],
    [
      "a broken-off answer",
      { choices: [{ finish_reason: "error", message: { content: "x" } }] },
      "model-busy",
    ],
    [
      "a filtered answer",
      { choices: [{ finish_reason: "content_filter", message: { content: "x" } }] },
      "model-unfit",
    ],
  ])("never takes %s for an answer", (_what, reply, kind) => {
    expect(classifyReply(reply)?.kind).toBe(kind);
  });

  it("accepts a whole answer", () => {
    expect(classifyReply({ choices: [{ finish_reason: "stop", message: { content: "fine" } }] })).toBeNull();
  });

  it("takes tool calls without text for an answer", () => {
    const message = { content: null, tool_calls: [{ id: "1", function: { name: "f", arguments: "" } }] };
    expect(classifyReply({ choices: [{ finish_reason: "tool_calls", message }] })).toBeNull();
    expect(classifyReply({ choices: [{ finish_reason: "length", message }] })?.kind).toBe("cut-answer");
    const none = { content: null, tool_calls: [] };
    expect(classifyReply({ choices: [{ finish_reason: "stop", message: none }] })?.kind).toBe("empty-answer");
  });

  it("keeps messages short and on one line", () => {
    expect(http(500, { message: `a\nb ${"x".repeat(1_000)}` }).detail).toMatch(/^HTTP 500: a b x{1,200}$/);
  });
});
