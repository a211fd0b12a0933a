import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { extractJson } from "./extract-json.ts";

describe("extracting JSON from an answer", () => {
  it.each([
    ["bare", '{"a":1}'],
    ["fenced", 'Here you are:\n```json\n{"a":1}\n```\nAnything else?'],
    ["with talk around", 'Sure! {"a":1} Hope that helps {smile}.'],
    ["with braces in strings", 'x {"a":1,"b":"} \\" {"}'],
  ])("finds it %s", (_how, text) => {
    expect(extractJson(text)).toMatchObject({ found: true, value: { a: 1 } });
  });

  it.each(["", "no idea", '{"a": 1', '{"a": }', "```json\n{\n```"])(
    "says so when there is none: %j",
    (text) => {
      expect(extractJson(text)).toMatchObject({ found: false });
    },
  );

  it("drops keys that can reach a prototype", () => {
    const extracted = extractJson('{"__proto__":{"polluted":true},"constructor":1,"a":1}');
    expect(extracted).toEqual({ found: true, value: { a: 1 } });
    expect(Object.prototype).not.toHaveProperty("polluted");
  });

  it("finds any object between talk that has no brackets", () => {
    const talk = fc.string().map((text) => text.replace(/[{}[\]"`\\]/g, ""));
    const object = fc.dictionary(
      fc.string().filter((key) => !["__proto__", "constructor", "prototype"].includes(key)),
      fc
        .jsonValue({ maxDepth: 2 })
        .filter((value) => !/__proto__|constructor|prototype/.test(JSON.stringify(value))),
    );
    fc.assert(
      fc.property(talk, object, talk, (before, value, after) => {
        const text = JSON.stringify(value);
        expect(extractJson(`${before} ${text} ${after}`)).toEqual({ found: true, value: JSON.parse(text) });
      }),
    );
  });

  it("never throws, whatever the answer", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => typeof extractJson(text).found === "boolean"),
    );
  });
});
