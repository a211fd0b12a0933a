import { afterAll, afterEach, beforeAll, describe } from "vitest";
import { World, type WorldOptions } from "./world.ts";

const probe = await World.open({ backend: "redis" });
await probe?.[Symbol.asyncDispose]();

/** Plays the same rows on some backends, in one world each; skips what this machine cannot run. */
export function onEachBackend(
  what: string,
  backends: ReadonlyArray<WorldOptions["backend"]>,
  play: (world: () => World) => void,
  options: Omit<WorldOptions, "backend"> = {},
): void {
  for (const backend of backends) {
    describe.skipIf(backend === "redis" && probe === null)(`${what}, on ${backend}`, () => {
      let world: World | null = null;
      beforeAll(async () => {
        world = await World.open({ ...options, backend });
      });
      // What a row that fails leaves behind must not play in the next one.
      afterEach(
        async () => void (await Promise.all(world?.processes.map((process) => process.kill()) ?? [])),
      );
      afterAll(async () => world?.[Symbol.asyncDispose]());
      play(() => {
        if (world === null) throw new Error("the world is not open");
        return world;
      });
    });
  }
}
