import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { z } from "zod";
import { placesOfTest } from "./places.ts";

const script = fileURLToPath(new URL("fixtures/loaded-by-worker.mjs", import.meta.url));

it("a worker that nobody watches loads neither OpenTelemetry nor Prometheus", async () => {
  const here = (await placesOfTest()).filter(({ isPresent }) => isPresent).at(-1);
  const place = await here?.make();
  const args = [script, place?.home ?? "", ...(place?.redisUrl ? [place.redisUrl] : [])];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const loaded = z.array(z.string()).parse(JSON.parse(stdout));
  expect(loaded).toContain("bullmq");
  expect(loaded.filter((name) => /opentelemetry|otel|prom-client|tdigest/.test(name))).toEqual([]);
  await place?.remove();
  await here?.stop();
});
