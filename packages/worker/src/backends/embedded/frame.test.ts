import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, FrameReader } from "./frame.ts";

/** Reads bytes that come in pieces of the given lengths, and then the rest. */
function readInPieces(
  bytes: Buffer,
  lengths: readonly number[],
  reader = new FrameReader(1_000_000),
): unknown[] {
  const seen: unknown[] = [];
  let at = 0;
  for (const length of [...lengths, bytes.length]) {
    for (const message of reader.read(bytes.subarray(at, at + length))) seen.push(message);
    at += length;
  }
  return seen;
}

describe("frames", () => {
  it("give every message back, however the socket cuts them", () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 8 }),
        fc.array(fc.nat(40), { maxLength: 60 }),
        (messages, lengths) => {
          const bytes = Buffer.concat(messages.map(encodeFrame));
          const plain: unknown = JSON.parse(JSON.stringify(messages));
          expect(readInPieces(bytes, lengths)).toEqual(plain);
        },
      ),
    );
  });

  it("keep NUL, lone surrogates and numbers beyond the safe ones", () => {
    const message = { text: "\0 \ud800 ü", big: 2n ** 60n };
    expect(readInPieces(encodeFrame(message), [])).toEqual([{ text: "\0 \ud800 ü", big: `${2n ** 60n}` }]);
  });

  it("are refused by their length alone, before they are held in memory", () => {
    const reader = new FrameReader(100);
    const head = Buffer.from([0, 0, 0, 101]);
    expect(() => readInPieces(head, [], reader)).toThrow(RangeError);
  });

  it("that are no JSON are refused", () => {
    const frame = Buffer.concat([Buffer.from([0, 0, 0, 3]), Buffer.from("{a}")]);
    expect(() => readInPieces(frame, [1, 2, 3])).toThrow(SyntaxError);
  });
});
