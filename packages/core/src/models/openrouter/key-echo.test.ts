import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { headersWithoutKey, keyHider, linesWithoutKey } from "./key-echo.ts";

const KEY = "sk-or-v1-q7Wm2Xz9Lk4Tn8Rb1Vc6Yd3Hs5Jf0Pg7Aw2Ee9Uu4Ii8Oo1Kk6Mm3Nn5";
const hide = keyHider(KEY);

/** What a server may make of a text that holds the key. */
const encodings: Record<string, (text: string) => string> = {
  plain: (text) => text,
  base64: (text) => Buffer.from(text).toString("base64"),
  base64url: (text) => Buffer.from(text).toString("base64url"),
  hex: (text) => Buffer.from(text).toString("hex"),
  HEX: (text) => Buffer.from(text).toString("hex").toUpperCase(),
  url: encodeURIComponent,
};

const linesIn = (text: string) => text.split("\n").length;

describe("what a server sends back of the key", () => {
  it.each(Object.keys(encodings))("is hidden whole, whatever stands around it: %s", (name) => {
    const encode = encodings[name] ?? String;
    fc.assert(
      fc.property(fc.string({ unit: "grapheme-ascii" }), fc.string(), (before, after) => {
        const told = hide(encode(before + KEY + after));
        expect(told).toContain("[key]");
        // Of each four characters of base64 the outermost depend on their neighbours.
        const inside = encode(KEY.slice(3, -3)).replace(/=+$/, "");
        for (let at = 0; at + 16 <= inside.length; at++)
          expect(told).not.toContain(inside.slice(at, at + 16));
      }),
    );
  });

  it("is hidden in pieces of 16 characters and more", () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.nat(KEY.length - 16),
        fc.integer({ min: 16, max: KEY.length }),
        fc.string(),
        (before, at, length, after) => {
          const piece = KEY.slice(at, at + length);
          expect(hide(before + piece + after)).not.toContain(piece.slice(0, 16));
        },
      ),
    );
  });

  it("is all that is changed", () => {
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => hide(text) === text));
    expect(hide(`The key ${KEY.slice(0, 14)}… was refused`)).toBe(`The key ${KEY.slice(0, 14)}… was refused`);
    expect(hide("a".repeat(5_000_000))).toHaveLength(5_000_000);
  });

  it("is nothing where the key is a word that stands for none", () => {
    expect(keyHider("simulator")("the simulator answers")).toBe("the simulator answers");
  });

  it("is hidden in headers", () => {
    const headers = headersWithoutKey(
      new Headers([
        ["x-echo", `Bearer ${KEY}`],
        ["date", "now"],
      ]),
      hide,
    );
    expect([...headers]).toEqual([
      ["date", "now"],
      ["x-echo", "Bearer [key]"],
    ]);
  });

  it("is hidden in a stream however it is cut, and no line waits for the next", async () => {
    const text = `data: one\n\ndata: {"error":"key ${KEY} ü"}\n\ndata: the end`;
    const bytes = Buffer.from(text);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(bytes.length), { maxLength: 6 }), async (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        let given = 0;
        const pieces = async function* () {
          for (const [index, edge] of edges.slice(1).entries()) {
            given = edge;
            yield bytes.subarray(edges[index], edge);
          }
        };
        let told = "";
        for await (const piece of linesWithoutKey(pieces(), hide)) {
          told += Buffer.from(piece).toString();
          expect(linesIn(told)).toBe(linesIn(bytes.subarray(0, given).toString()));
        }
        expect(told).toBe(text.replace(KEY, "[key]"));
      }),
    );
  });
});
