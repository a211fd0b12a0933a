import { describe, expect, it } from "vitest";
import { randomId } from "../shared/ids.ts";
import type { CheckpointStore } from "./checkpoint-store.ts";

/** A store under test and how to let go of it. */
export interface CheckpointStoreFixture {
  store: CheckpointStore;
  close(): Promise<void>;
}

/** The promises every checkpoint store keeps. */
export function checkpointStoreTestsuite(
  name: string,
  createFixture: () => Promise<CheckpointStoreFixture>,
): void {
  describe(`checkpoint store: ${name}`, () => {
    const withStore = async (body: (store: CheckpointStore, runId: string) => Promise<void>) => {
      const fixture = await createFixture();
      try {
        await body(fixture.store, `run-${randomId(8)}`);
      } finally {
        await fixture.close();
      }
    };

    it("has nothing for a run it never saw", () =>
      withStore(async (store, runId) => {
        expect(await store.read(runId)).toEqual(new Map());
      }));

    it("returns what was written, to the letter, NUL and lone surrogates included", () =>
      withStore(async (store, runId) => {
        const text = JSON.stringify({ b: "\u0000 \ud800 ü 漢", a: 1 });
        await store.write(runId, { stepPath: "extract", text, expected: null });
        expect((await store.read(runId)).get("extract")).toBe(text);
      }));

    it("lets the first writer win and tells the second what stands there", () =>
      withStore(async (store, runId) => {
        const answers = await Promise.all(
          ["one", "two", "three"].map((text) => store.write(runId, { stepPath: "s", text, expected: null })),
        );
        expect(new Set(answers).size).toBe(1);
        expect((await store.read(runId)).get("s")).toBe(answers[0]);
      }));

    it("replaces a text that the writer found to be broken, and only that one", () =>
      withStore(async (store, runId) => {
        await store.write(runId, { stepPath: "s", text: "broken", expected: null });
        expect(await store.write(runId, { stepPath: "s", text: "good", expected: "broken" })).toBe("good");
        expect(await store.write(runId, { stepPath: "s", text: "late", expected: "broken" })).toBe("good");
      }));

    it("forgets the steps that are removed, and takes them again", () =>
      withStore(async (store, runId) => {
        const other = `${runId}x`;
        for (const stepPath of ["one", "two/*", "three#on"]) {
          await store.write(runId, { stepPath, text: "old", expected: null });
          await store.write(other, { stepPath, text: "kept", expected: null });
        }
        await store.remove(runId, ["two/*", "three#on", "none"]);
        await store.remove(runId, []);
        await store.remove(`${runId}y`, ["one"]);
        expect(await store.read(runId)).toEqual(new Map([["one", "old"]]));
        expect((await store.read(other)).size).toBe(3);
        expect(await store.write(runId, { stepPath: "two/*", text: "new", expected: null })).toBe("new");
      }));

    it("forgets all of a run that is cleared, and of no other, and takes its steps again", () =>
      withStore(async (store, runId) => {
        const other = `${runId}x`;
        for (const stepPath of ["one", "two"]) {
          await store.write(runId, { stepPath, text: "old", expected: null });
          await store.write(other, { stepPath, text: "kept", expected: null });
        }
        await store.clear(runId);
        await store.clear(runId);
        expect((await store.read(runId)).size).toBe(0);
        expect((await store.read(other)).size).toBe(2);
        expect(await store.write(runId, { stepPath: "one", text: "new", expected: null })).toBe("new");
      }));

    it("keeps runs apart", () =>
      withStore(async (store, runId) => {
        await store.write(runId, { stepPath: "s", text: "mine", expected: null });
        expect((await store.read(`${runId}x`)).size).toBe(0);
      }));
  });
}
