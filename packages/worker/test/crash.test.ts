import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Simulator, startSimulator } from "@sluice/simulator";
import { batchProgress, openBackend, type ResultLine, results } from "@sluice/worker";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, describe, expect, it } from "vitest";
import { putEmptyStore } from "../../../test/empty-store.ts";

const program = fileURLToPath(new URL("fixtures/two-steps.mjs", import.meta.url));
const DOCUMENTS = 3;

/** A real process, to be killed. */
class ProgramProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";

  constructor(mode: "enqueue" | "work", settings: Record<string, string>) {
    const env = { ...process.env, ...settings };
    this.#child = spawn(process.execPath, [program, mode], { env, stdio: ["ignore", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#output += data.toString();
    });
  }

  /** Waits until the process has printed something that matches, and returns the match. */
  async says(pattern: RegExp): Promise<string> {
    await expect.poll(() => this.#output, { timeout: 20_000, interval: 20 }).toMatch(pattern);
    return pattern.exec(this.#output)?.[1] ?? "";
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}

/** How often each document was sent to a model. */
function requestsPerDocument(simulator: Simulator): number[] {
  const prompts = simulator.journal
    .filter(({ path }) => path.endsWith("/chat/completions"))
    .map(({ body }) => /document number \d+/.exec(JSON.stringify(body))?.[0] ?? "none");
  return [...new Set(prompts)].map((prompt) => prompts.filter((other) => other === prompt).length);
}

async function collect(lines: AsyncIterable<ResultLine>): Promise<ResultLine[]> {
  const all: ResultLine[] = [];
  for await (const line of lines) all.push(line);
  return all;
}

const redis = await startRedisServer();
afterAll(() => redis?.stop());

const places = [
  { name: "embedded", redisUrl: "", isPresent: true },
  { name: "redis", redisUrl: redis?.url ?? "", isPresent: redis !== null },
];

describe.each(places)("a worker killed between two steps, on $name", ({ redisUrl, isPresent }) => {
  it.skipIf(!isPresent)(
    "is followed by one result per document, and no finished step is asked again",
    async () => {
      await using simulator = await startSimulator({ limits: { perMinute: 1_000, perDay: 1_000 } });
      const home = await mkdtemp(join(tmpdir(), "sluice-crash-"));
      if (redisUrl === "") await putEmptyStore(home);
      const settings = {
        TEST_REDIS_URL: redisUrl,
        TEST_HOME: home,
        TEST_SIMULATOR: simulator.url,
        TEST_DOCUMENTS: String(DOCUMENTS),
      };

      // Embedded, the one that is killed hosts the store.
      await using first = new ProgramProcess("work", { ...settings, TEST_HANG: "1" });
      await first.says(/working/);
      await using client = new ProgramProcess("enqueue", settings);
      const batchId = await client.says(/batch (\w+)/);
      await client.kill();
      await first.says(/hanging in the second step[\s\S]*hanging[\s\S]*hanging/);
      await first.kill();
      expect(requestsPerDocument(simulator)).toEqual([1, 1, 1]);

      await using second = new ProgramProcess("work", settings);
      await second.says(new RegExp(`finished ${DOCUMENTS}`));

      const backend = await openBackend({ home, ...(redisUrl ? { redisUrl } : {}) });
      const { counts } = await batchProgress(backend, { id: batchId, total: DOCUMENTS });
      const lines = await collect(results(backend, { batchId }));
      await backend.close();
      await second.kill();
      await rm(home, { recursive: true, force: true });
      expect(counts).toMatchObject({ completed: DOCUMENTS, failed: 0 });
      expect(lines.map(({ output }) => output)).toEqual(Array(DOCUMENTS).fill({ checked: true }));
      expect(requestsPerDocument(simulator)).toEqual([1, 1, 1]);
    },
    60_000,
  );
});
