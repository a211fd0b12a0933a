import { testCatalogue } from "@sluice/simulator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SluiceError } from "../errors/sluice-error.ts";
import { parseCatalogue } from "./catalogue.ts";
import { assertFreeId, freeModels, guardRequest, hasFreeId, whyNotFree } from "./free-only.ts";

const NOW = Date.UTC(2026, 10, 22);
const catalogue = parseCatalogue({ data: testCatalogue() }, { fetchedAt: NOW, source: "server" });
const FREE = "google/gemma-4-31b-it:free";
const messages = [{ role: "user", content: "hello" }];

describe("the free predicate", () => {
  it("takes every free model of the catalogue", () => {
    const ids = freeModels(catalogue, NOW).map(({ id }) => id);
    expect(ids).toContain(FREE);
    expect(ids).toContain("openrouter/free");
    expect(ids.length).toBeGreaterThan(10);
    expect(ids.every((id) => id.endsWith(":free") || id === "openrouter/free")).toBe(true);
  });

  it("refuses every model with a price, an override, an alias, another output or an end", () => {
    const free = {
      id: "a/b:free",
      pricing: { prompt: "0", completion: "0" },
      architecture: { output_modalities: ["text"] },
    };
    expect(whyNotFree(free, NOW)).toBeNull();
    expect(whyNotFree({ ...free, pricing: { ...free.pricing, discount: 0.5 } }, NOW)).toBeNull();
    const refused = [
      { ...free, id: "a/b" },
      { ...free, id: "a/b:free:online" },
      { ...free, id: "~a/b:free" },
      { ...free, id: "@preset/a:free" },
      { ...free, pricing: undefined },
      { ...free, pricing: { prompt: "0" } },
      { ...free, pricing: { prompt: "", completion: "0" } },
      { ...free, pricing: { prompt: "abc", completion: "0" } },
      { ...free, pricing: { prompt: "-1", completion: "-1" } },
      { ...free, pricing: { prompt: "0", completion: "0", request: "0.02" } },
      {
        ...free,
        pricing: { prompt: "0", completion: "0", overrides: [{ utc_start: "0800", prompt: "0.1" }] },
      },
      { ...free, alias_target: { slug: "c/d" } },
      { ...free, architecture: { output_modalities: ["text", "image"] } },
      { ...free, architecture: null },
      { ...free, expiration_date: "2026-11-01" },
    ];
    for (const model of refused) expect(whyNotFree(model, NOW), JSON.stringify(model)).not.toBeNull();
  });

  it("knows ids that can be free by their form", () => {
    expect(["a/b:free", "openrouter/free"].every(hasFreeId)).toBe(true);
    const others = [
      "a/b",
      "a/b:nitro",
      "a/b:free:online",
      "openrouter/auto",
      ":free",
      "a:free",
      "a/b:free ",
      "",
    ];
    expect(others.filter(hasFreeId)).toEqual([]);
    expect(() => assertFreeId("openai/gpt-5", "the config")).toThrow(
      /"openai\/gpt-5" in the config does not end in ":free"/,
    );
  });
});

describe("the gate", () => {
  it("adds the server-side guards to every request", () => {
    expect(guardRequest({ model: FREE, messages }, catalogue, NOW)).toMatchObject({
      provider: { max_price: { prompt: 0, completion: 0, request: 0, image: 0 } },
      plugins: [{ id: "web", enabled: false }],
    });
  });

  it("overwrites a price limit that somebody set higher", () => {
    const body = { model: FREE, messages, provider: { max_price: { prompt: 99 } } };
    expect(guardRequest(body, catalogue, NOW)).toMatchObject({ provider: { max_price: { prompt: 0 } } });
  });

  it.each([
    ["no model", { messages }],
    ["a priced model", { model: "qwen/qwen3.8-27b", messages }],
    ["an unknown model", { model: "nobody/knows:free", messages }],
    ["a priced fallback", { model: FREE, models: ["qwen/qwen3.8-27b"], messages }],
    ["a web plugin", { model: FREE, messages, plugins: [{ id: "web" }] }],
    ["a server tool", { model: FREE, messages, tools: [{ type: "openrouter:web_search" }] }],
    ["a service tier", { model: FREE, messages, service_tier: "priority" }],
    ["a preset", { model: FREE, messages, preset: "mine" }],
    ["a sort that admits paid tiers", { model: FREE, messages, provider: { sort: "throughput" } }],
    ["a file part", { model: FREE, messages: [{ role: "user", content: [{ type: "file", file: {} }] }] }],
    ["a field nobody knows", { model: FREE, messages, surprise: true }],
    ["nothing", undefined],
  ])("refuses %s", (_what, body) => {
    expect(() => guardRequest(body, catalogue, NOW)).toThrow(SluiceError);
  });

  it("lets no hostile request through that names anything but free models", () => {
    const anyId = fc.constantFrom(
      ...catalogue.models.keys(),
      "openrouter/auto",
      "",
      "x/y:free",
      `${FREE}:online`,
    );
    const hostile = fc.record(
      {
        model: fc.oneof(anyId, fc.anything()),
        models: fc.oneof(fc.array(anyId, { maxLength: 4 }), fc.anything()),
        messages: fc.oneof(fc.constant(messages), fc.anything()),
        provider: fc.oneof(fc.constant({ max_price: { prompt: 5 } }), fc.anything()),
        plugins: fc.oneof(fc.constant([{ id: "web", enabled: true }]), fc.anything()),
        tools: fc.oneof(fc.constant([{ type: "function", function: { name: "f" } }]), fc.anything()),
        [`service_tier`]: fc.constantFrom(undefined, "fast"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(hostile, (body) => {
        let guarded: Record<string, unknown>;
        try {
          guarded = guardRequest(body, catalogue, NOW);
        } catch (error) {
          return SluiceError.has(error, "NOT_FREE");
        }
        const { models } = guarded;
        const ids = [guarded["model"], ...(Array.isArray(models) ? models : [])];
        return ids.every((id) => {
          const model = catalogue.models.get(String(id));
          return model !== undefined && whyNotFree(model, NOW) === null;
        });
      }),
      { numRuns: 10_000 },
    );
  });
});
