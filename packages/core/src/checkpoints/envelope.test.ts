import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seal, unseal } from "./envelope.ts";

describe("the envelope", () => {
  it("brings any JSON value back, also one that looks like an envelope", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(unseal(seal(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
    expect(unseal(seal(JSON.stringify({ v: 1, h: "x", p: "y" })))).toEqual({ v: 1, h: "x", p: "y" });
  });

  it("notices any changed character of the value", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.nat(), (value, at) => {
        const text = seal(JSON.stringify(value));
        const start = text.indexOf('"p":') + 5;
        const index = start + (at % (text.length - start - 2));
        const changed = `${text.slice(0, index)}${text[index] === "x" ? "y" : "x"}${text.slice(index + 1)}`;
        expect(() => unseal(changed)).toThrow("damaged or of another version");
      }),
    );
  });

  it.each(["", "null", "{}", '{"v":2,"h":"","p":"1"}', "plain text"])(
    "refuses the foreign text %j",
    (text) => {
      expect(() => unseal(text)).toThrow("damaged or of another version");
    },
  );
});
