import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { onEachBackend } from "./worlds.ts";

const GIB = 1024 ** 3;
const DEPTH = 1_000_000;

onEachBackend("answers that are bombs", ["redis"], (world) => {
  faultRow("59", async () => {
    const scene = new Scene(world());
    const deep = "[".repeat(DEPTH) + "]".repeat(DEPTH);
    world().simulator.script(
      "*",
      { kind: "oversized-body", bytes: GIB },
      { kind: "gzip-bomb", bytes: GIB },
      { kind: "text", content: deep },
      { kind: "text", content: `{"summary": ${deep}}` },
    );
    await using worker = await scene.worker();
    await scene.enqueueHere(scene.documents(3));
    await scene.check({ extraRequests: 4 });
    world().simulator.assertScriptsSpent();
    worker.send("SIGTERM");
    await worker.ended();
    const { maxRssBytes } = await worker.tells(({ type }) => type === "ended");
    expect(maxRssBytes).toBeLessThan(GIB / 2);
  });
});
