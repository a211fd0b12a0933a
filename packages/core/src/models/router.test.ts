import { testCatalogue } from "@sluice/simulator";
import { describe, expect, it } from "vitest";
import { parseCatalogue } from "./catalogue.ts";
import { whyNotFree } from "./free-only.ts";
import { afterEvent, type HealthState, healthOf } from "./health.ts";
import { type Needs, routeCandidates } from "./router.ts";

const NOW = Date.UTC(2026, 10, 22);
const catalogue = parseCatalogue({ data: testCatalogue() }, { fetchedAt: NOW, source: "server" });
const needs: Needs = {
  task: "general",
  promptTokens: 1_000,
  outputTokens: 1_000,
  schema: true,
  images: false,
  tools: false,
  toolChoice: false,
};
const route = (more: Partial<Needs> = {}, health: HealthState = {}) =>
  routeCandidates({ ...needs, ...more }, { catalogue, health, now: NOW }).candidates;

describe("the router", () => {
  it("names free models only", () => {
    for (const { id } of route()) {
      const model = catalogue.models.get(id);
      expect(model && whyNotFree(model, NOW)).toBeNull();
    }
  });

  it("puts models that honour a schema first and says which do", () => {
    const honour = route().map(({ schemaOnWire }) => schemaOnWire);
    expect(honour[0]).toBe(true);
    const lastHonouring = honour.lastIndexOf(true, -2);
    expect(honour.indexOf(false)).toBeGreaterThan(0);
    expect(lastHonouring).toBeLessThan(honour.length - 1);
  });

  it("asks the free router last", () => {
    expect(route().at(-1)?.id).toBe("openrouter/free");
  });

  it("never names a content-safety classifier", () => {
    expect(route().some(({ id }) => id.includes("content-safety"))).toBe(false);
  });

  it("leaves out models whose context or answer is too short", () => {
    expect(route({ promptTokens: 300_000 }).length).toBeLessThan(route().length);
    expect(route({ promptTokens: 300_000 }).length).toBeGreaterThan(0);
    expect(route({ promptTokens: 2_000_000 })).toEqual([]);
    expect(route({ outputTokens: 60_000 }).some(({ id }) => id.startsWith("liquid/"))).toBe(false);
  });

  it("names only models that see, when there is something to see", () => {
    const seeing = route({ images: true }).map(
      ({ id }) => catalogue.models.get(id)?.architecture?.input_modalities,
    );
    expect(seeing.length).toBeGreaterThan(1);
    expect(seeing.every((modalities) => modalities?.includes("image"))).toBe(true);
  });

  it("asks a moderated model after those that read anything", () => {
    const ids = route({ schema: false }).map(({ id }) => id);
    expect(ids.indexOf("cohere/north-mini-code:free")).toBeGreaterThan(ids.length - 4);
  });

  it("asks the user's preferred models first, where they fit", () => {
    const prefer = ["gone/away:free", "liquid/lfm-2.5-2.6b:free"];
    expect(route({ prefer })[0]?.id).toBe("liquid/lfm-2.5-2.6b:free");
    expect(route({ prefer, promptTokens: 200_000 })[0]?.id).not.toBe("liquid/lfm-2.5-2.6b:free");
  });

  it("keeps to the models a step names, in their order", () => {
    const models = ["poolside/laguna-s-2.1:free", "google/gemma-4-31b-it:free", "qwen/qwen3.8-27b"];
    expect(route({ models }).map(({ id }) => id)).toEqual(models.slice(0, 2));
  });

  it("gives each task an order of its own, the same at every call", () => {
    expect(route({ task: "fast", schema: false })[0]?.id).not.toBe(
      route({ task: "complex", schema: false })[0]?.id,
    );
    expect(route()).toEqual(route());
  });

  it("puts a model that mostly fails behind those that mostly answer", () => {
    const [best = { id: "" }] = route();
    let health = healthOf({}, best.id);
    for (let n = 0; n < 5; n++) health = afterEvent(health, { type: "failed", coolMs: 0 }, NOW);
    const ids = route({}, { [best.id]: health }).map(({ id }) => id);
    expect(ids[0]).not.toBe(best.id);
    expect(ids).toContain(best.id);
  });
});
