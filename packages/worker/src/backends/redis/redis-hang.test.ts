import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { randomId } from "@sluice/core";
import { afterAll, describe, expect, it } from "vitest";
import { openRedisBackend } from "./redis-backend.ts";
import { startRedisServer } from "./redis-server.fixture.ts";

// One for each test: both wait for seconds, and do so at the same time.
const [hanging, server] = [await startRedisServer(), await startRedisServer()];
const url = hanging?.url ?? "";
const unreachable = { code: "BACKEND_UNREACHABLE", message: expect.stringContaining(url) };

afterAll(() => Promise.all([hanging?.stop(), server?.stop()]));

/** Passes everything on to Redis, until the connections that there are fall silent, as they do when a router forgets them. */
class FragileLine implements AsyncDisposable {
  readonly #pairs: [Socket, Socket][] = [];
  readonly #server = createServer((client) => {
    const upstream = connect(server?.port ?? 0, "127.0.0.1");
    for (const socket of [client, upstream]) socket.on("error", () => {});
    client.pipe(upstream).pipe(client);
    this.#pairs.push([client, upstream]);
  });

  async open(): Promise<string> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    return `redis://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  }

  silence(): void {
    for (const [client, upstream] of this.#pairs.splice(0)) {
      client.unpipe(upstream).resume();
      upstream.unpipe(client).resume();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.silence();
    this.#server.close();
  }
}

describe.skipIf(server === null)("a Redis that hangs", { concurrent: true }, () => {
  it("makes every command fail within seconds, also those of the queue, and answers again when it wakes", async ({
    expect,
  }) => {
    const prefix = randomId(8);
    const open = () => openRedisBackend({ url, prefix });
    const [backend, unused] = [await open(), await open()];
    await backend.queue.add(["before"]);
    hanging?.send("SIGSTOP");
    const startedAt = performance.now();
    const consume = { concurrency: 1, process: async () => ({ kind: "done" }) as const, onError: () => {} };
    const commands = [
      open(),
      backend.queue.add(["run"]),
      backend.queue.remove("before"),
      backend.queue.isPaused(),
      backend.queue.consume(consume),
      unused.queue.add(["run"]),
      backend.runs.get("run"),
      backend.checkpoints.write("run", { stepPath: "s", text: "t", expected: null }),
      backend.cell("ledger").read(),
      backend.describe(),
    ];
    const outcomes = await Promise.allSettled(commands);
    const tookMs = performance.now() - startedAt;
    hanging?.send("SIGCONT");
    const reasons = outcomes.map((outcome) => outcome.status === "rejected" && outcome.reason);
    expect(reasons).toEqual(commands.map(() => expect.objectContaining(unreachable)));
    expect(tookMs).toBeLessThan(8_000);
    await expect.poll(() => backend.queue.isPaused(), { timeout: 10_000 }).toBe(false);
    await Promise.all([backend.close(), unused.close()]);
  }, 30_000);

  it("is found again behind connections that have died without a word", async ({ expect }) => {
    await using line = new FragileLine();
    const backend = await openRedisBackend({ url: await line.open(), prefix: randomId(8) });
    await backend.queue.add(["run"]);
    line.silence();
    await expect(backend.runs.get("run")).rejects.toMatchObject({ code: "BACKEND_UNREACHABLE" });
    const startedAt = performance.now();
    await expect
      .poll(() => backend.runs.get("run").catch((error: unknown) => error), { timeout: 20_000 })
      .toBeUndefined();
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    await backend.close();
  }, 40_000);
});
