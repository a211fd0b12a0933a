import { brotliCompressSync, constants } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sha256 } from "../shared/hash.ts";
import { seal, unseal } from "./envelope.ts";

/** Sizes on both sides of every limit. */
const sizes = [0, 1, 500, 1_021, 1_022, 1_023, 32_000, 33_000, 300_000];
const words = (size: number) => "The tide turns at noon. ".repeat(size / 24 + 1).slice(0, size);
const damaged = { code: "CHECKPOINT_INVALID" };

describe("the envelope", () => {
  it("brings any JSON text back to the letter", async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const json = JSON.stringify(value);
        expect(await unseal(await seal(json))).toBe(json);
      }),
    );
  });

  it("brings back a value that looks like an envelope, however often it is sealed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.constantFrom("j", "b"), fc.nat(3), async (text, form, depth) => {
        let json = JSON.stringify(`s1:${form}:${sha256(text).slice(0, 32)}:${text}`);
        for (let level = 0; level < depth; level++) json = JSON.stringify(await seal(json));
        expect(await unseal(await seal(json))).toBe(json);
      }),
    );
  });

  it.each(sizes)("keeps %i characters, in less room where they are many", async (size) => {
    for (const text of [words(size), "漢字かな交じり文".repeat(size / 8 + 1).slice(0, size)]) {
      const json = JSON.stringify({ text, odd: "\u0000 \ud800 ü 𝄞" });
      const sealed = await seal(json);
      expect(await unseal(sealed)).toBe(json);
      if (size > 1_500) expect(sealed.length).toBeLessThan(json.length / 2);
      expect(sealed.length).toBeLessThan(json.length + 40);
    }
  });

  it("notices any changed, lost or added character", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(3, 2_000, 40_000),
        fc.nat(),
        fc.constantFrom("x", "y", "", "zz", "\ufffd"),
        async (size, at, other) => {
          const sealed = await seal(JSON.stringify(words(size)));
          // The schema number is another matter; trailing base64 padding says nothing.
          const index = 3 + (at % (sealed.replace(/=+$/, "").length - 3));
          const changed = `${sealed.slice(0, index)}${other}${sealed.slice(index + 1)}`;
          fc.pre(changed !== sealed);
          const outcome = await unseal(changed).catch((error: unknown) => error);
          if (outcome === JSON.stringify(words(size))) return;
          expect(outcome).toMatchObject(damaged);
        },
      ),
      { numRuns: 300 },
    );
  });

  it.each(["", "null", "{}", '{"v":1,"h":"","p":"1"}', "plain text", "s1:j:1", "s0:j:", "s1:z:00:{}"])(
    "refuses the foreign text %j",
    async (text) => {
      await expect(unseal(text)).rejects.toMatchObject(damaged);
    },
  );

  it("does not take what a newer version sealed for damaged", async () => {
    const sealed = (await seal("1")).replace(/^s1:/, "s2:");
    for (const text of [sealed, "s3:something else"]) {
      await expect(unseal(text)).rejects.toMatchObject({
        code: "BACKEND_NEWER",
        message: expect.stringContaining("Update Sluice"),
      });
    }
  });

  it("does not let itself be blown up", async () => {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 4 };
    const bomb = brotliCompressSync(Buffer.alloc(100 * 1024 * 1024), { params }).toString("base64");
    expect(bomb.length).toBeLessThan(5_000);
    await expect(unseal(`s1:b:${"0".repeat(32)}:${bomb}`)).rejects.toMatchObject({
      ...damaged,
      cause: { code: "ERR_BUFFER_TOO_LARGE" },
    });
  });

  it("stores a text beyond what it would decompress as it is", async () => {
    const json = JSON.stringify("a".repeat(33 * 1024 * 1024));
    const sealed = await seal(json);
    expect(sealed.length).toBeGreaterThan(json.length);
    expect((await unseal(sealed)) === json).toBe(true);
  });
});
