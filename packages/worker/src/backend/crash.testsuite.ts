import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { randomId } from "@sluice/core";
import { describe, expect, it } from "vitest";
import type { Backend } from "./backend.ts";

/** A place that one process opens and dies in, and that is opened again afterwards. */
export interface CrashSite {
  /** How the dying process opens it; see `killed-consumer.fixture.ts`. */
  opener: { kind: "redis"; url: string; prefix: string } | { kind: "embedded"; home: string };
  /** Opens it in this process, with short locks. */
  open(): Promise<Backend>;
  /** Removes what was stored there. */
  remove(): Promise<void>;
}

/** What happens to the runs of a process that was killed. */
export function crashTestsuite(name: string, createSite: () => Promise<CrashSite>): void {
  describe(`after a crash: ${name}`, () => {
    it("brings back the run of a consumer that was killed, once, within seconds", async () => {
      const site = await createSite();
      const [taken, waiting] = [randomId(12), randomId(12)];
      await killConsumerAtWork(site, [taken, waiting]);
      const backend = await site.open();
      const seen: string[] = [];
      const consumer = await backend.queue.consume({
        concurrency: 2,
        process: async (runId) => {
          seen.push(runId);
          return { kind: "done" };
        },
        onError: () => {},
      });
      await expect.poll(() => seen.length, { timeout: 15_000, interval: 20 }).toBe(2);
      expect(seen.sort()).toEqual([taken, waiting].sort());
      await consumer.close(1_000);
      await backend.close();
      await site.remove();
    }, 60_000);
  });
}

/** Runs a consumer in a process of its own and kills it when it has taken the first of the runs. */
async function killConsumerAtWork(site: CrashSite, runIds: string[]): Promise<void> {
  const script = fileURLToPath(scriptUrl());
  const child = spawn(process.execPath, [script, JSON.stringify({ opener: site.opener, runIds })], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line !== `taken ${runIds[0]}`) continue;
    child.kill("SIGKILL");
    break;
  }
  expect(await exited).toEqual([null, "SIGKILL"]);
}

/** A process runs the built file also when the suite itself is run from source. */
function scriptUrl(): URL {
  const fromSource = import.meta.url.endsWith(".ts");
  const path = fromSource ? "../../dist/backend/killed-consumer.fixture.js" : "./killed-consumer.fixture.js";
  return new URL(path, import.meta.url);
}
