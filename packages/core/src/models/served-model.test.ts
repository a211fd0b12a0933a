import { describe, expect, it } from "vitest";
import { servedModel } from "./served-model.ts";

const gemma = { id: "google/gemma-4-31b-it:free", slug: "google/gemma-4-31b-it-20260402" };
const omni = { id: "nvidia/omni:free", slug: "nvidia/nemotron-omni-30b" };

describe("the model that gave an answer", () => {
  it.each([
    gemma.id,
    gemma.slug,
    `${gemma.slug}:free`,
    "google/gemma-4-31b-it",
    "google/gemma-4-31b-it-20270101",
  ])("is the one that was asked when the reply calls it %s", (named) => {
    expect(servedModel(gemma, named)).toBe(gemma.id);
  });

  it("is known by its slug, also where that is unlike its id", () => {
    expect(servedModel(omni, "nvidia/nemotron-omni-30b:free")).toBe(omni.id);
  });

  it("is the one in the reply when that is another", () => {
    expect(servedModel(gemma, "acme/gold")).toBe("acme/gold");
    expect(servedModel({ id: "openrouter/free", slug: undefined }, gemma.id)).toBe(gemma.id);
  });

  it.each([undefined, "", "gold", "a/b\u001b[31m", "two words/x", `a/${"b".repeat(200)}`])(
    "is the one that was asked when the reply says nothing of use: %j",
    (named) => {
      expect(servedModel(gemma, named)).toBe(gemma.id);
    },
  );
});
