import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { loaders } from "../select-loader.ts";

const fixture = (name: string) => readFile(new URL(`../fixtures/${name}`, import.meta.url));

const samples: Readonly<Record<string, () => Promise<Uint8Array>>> = {
  "text/plain": async () => Buffer.from("words"),
  "text/markdown": () => fixture("notes.md"),
  "text/html": () => fixture("article.html"),
  "application/pdf": () => fixture("invoice.pdf"),
};

test("every loader has a sample here", () => {
  expect(loaders.map((loader) => loader.mediaType).sort()).toEqual(Object.keys(samples).sort());
});

describe.each(loaders)("the loader of $mediaType", (loader) => {
  test("makes text of its sample and leaves the bytes as they are", async () => {
    const bytes = (await samples[loader.mediaType]?.()) ?? new Uint8Array();
    const before = Buffer.from(bytes).toString("hex");
    const loaded = await loader.load({ name: "sample", bytes });
    expect(loaded.text.trim()).not.toBe("");
    expect(Buffer.from(bytes).toString("hex")).toBe(before);
  });

  test("never answers nothing as success", async () => {
    for (const content of ["", " \n\t "]) {
      const loading = loader.load({ name: "nothing.x", bytes: Buffer.from(content) });
      await expect(loading).rejects.toMatchObject({
        code: expect.stringMatching(/^DOCUMENT_(EMPTY|MALFORMED)$/),
        message: expect.stringContaining('"nothing.x"'),
      });
    }
  });

  test("names its endings in lower case with the dot", () => {
    expect(loader.extensions.length).toBeGreaterThan(0);
    for (const extension of loader.extensions) expect(extension).toMatch(/^\.[a-z0-9]+$/);
  });
});
