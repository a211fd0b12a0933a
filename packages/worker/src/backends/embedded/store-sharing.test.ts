import { execFile } from "node:child_process";
import { chmod, cp, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { openEmbeddedBackend } from "./embedded-backend.ts";
import { encodeFrame } from "./frame.ts";
import { hasKernelLocks } from "./kernel-lock.ts";
import { STORE_VERSION } from "./own-store.ts";
import { OwnerConnection } from "./owner-connection.ts";
import { type OwnerNote, readOwnerNote } from "./owner-note.ts";
import { StoreProcess } from "./store-processes.fixture.ts";

const MEBIBYTE = 1024 * 1024;
const PATIENCE = { timeout: 45_000, interval: 20 };

describe.skipIf(!hasKernelLocks())("an embedded store that processes share", () => {
  let made = "";
  let home = "";
  const processes: StoreProcess[] = [];
  const start = async (env?: Record<string, string>) => {
    const started = new StoreProcess(home, env);
    processes.push(started);
    await started.says(/^open (\d+)/m);
    return started;
  };
  const noteOf = async (): Promise<OwnerNote & { socket: string }> => {
    const note = await readOwnerNote(join(home, "embedded"));
    if (!note?.socket) throw new Error("the store has no owner that shares it");
    return { ...note, socket: note.socket };
  };

  const newFolder = async () => realpath(await mkdtemp(join(tmpdir(), "sluice-home-")));

  // A new database takes seconds, a copy does not.
  beforeAll(async () => {
    made = await newFolder();
    await (await openEmbeddedBackend({ home: made })).close();
  }, 60_000);
  afterAll(() => rm(made, { recursive: true }));
  beforeEach(async () => {
    home = await newFolder();
    await cp(made, home, { recursive: true });
  });
  afterEach(async () => {
    await Promise.all(processes.splice(0).map((each) => each.kill()));
    await rm(home, { recursive: true });
  });

  it("gives each of two hundred runs to one of two processes, once, while both add", async () => {
    const both = [await start(), await start()];
    for (const each of both) each.tell("consume 5 5");
    both[0]?.tell("add a 100");
    both[1]?.tell("add b 100");
    const done = () => both.flatMap((each) => each.all("done"));
    await expect.poll(() => new Set(done()).size, PATIENCE).toBe(200);
    expect(done()).toHaveLength(200);
    for (const each of both) expect(each.all("done").length).toBeGreaterThan(0);
    expect(both.flatMap((each) => each.all("error"))).toEqual([]);
  }, 60_000);

  it("goes on within seconds when its owner is killed at work, and loses and doubles nothing", async () => {
    const owner = await start();
    const clients = [await start(), await start()];
    for (const each of [owner, ...clients]) each.tell("consume 5 20");
    clients[0]?.tell("add a 300");
    clients[1]?.tell("count tally 300");
    const done = (by: StoreProcess[]) => by.flatMap((each) => each.all("done"));
    await expect.poll(() => done([owner, ...clients]).length, PATIENCE).toBeGreaterThan(60);
    const killedAt = performance.now();
    await owner.kill();
    const takenBefore = clients.flatMap((each) => each.all("taken")).length;
    await expect
      .poll(() => clients.flatMap((each) => each.all("taken")).length, { timeout: 10_000, interval: 5 })
      .toBeGreaterThan(takenBefore);
    expect(performance.now() - killedAt).toBeLessThan(8_000);
    await expect.poll(() => new Set(done([owner, ...clients])).size, PATIENCE).toBe(300);
    await clients[1]?.says(/^counted tally/m);
    // Each was done once by those who live, and what the dead one did again at most for what it had at hand.
    expect(new Set(done(clients)).size).toBe(done(clients).length);
    expect(done([owner, ...clients]).length).toBeLessThanOrEqual(300 + 5);
    expect(clients.flatMap((each) => each.all("failed"))).toEqual([]);
    const backend = await openEmbeddedBackend({ home });
    expect(Number((await backend.cell("tally").read()).text)).toBeGreaterThanOrEqual(300);
    await backend.close();
  }, 90_000);

  it("brings the runs of a killed process back at once, and leaves those of the living alone", async () => {
    const [owner, idle] = [await start(), await start()];
    const atWork = await start();
    owner.tell("consume 1 0");
    await owner.says(/^consuming/m);
    owner.tell("add dead 1");
    await owner.says(/^taken dead-0/m);
    atWork.tell("consume 1 0");
    await atWork.says(/^consuming/m);
    atWork.tell("add living 1");
    await atWork.says(/^taken living-0/m);
    await owner.kill();
    idle.tell("consume 5 1");
    // A lock lasts 30 s.
    await idle.says(/^done dead-0/m, 10_000);
    idle.tell("add last 20");
    await idle.says(/^done last-19/m, 10_000);
    expect(idle.all("taken")).not.toContain("living-0");
    await atWork.kill();
    await idle.says(/^done living-0/m, 10_000);
  }, 60_000);

  it("passes on when its owner closes, and every close is short", async () => {
    const [first, second] = [await start(), await start()];
    second.tell("consume 2 1");
    await second.says(/^consuming/m);
    first.tell("add a 20");
    await first.says(/^added a/m);
    first.tell("close");
    expect(Number(await first.says(/^closed (\d+)/m))).toBeLessThan(3_000);
    await first.exited();
    second.tell("add b 20");
    await expect.poll(() => second.all("done").length, PATIENCE).toBe(40);
    const third = await start();
    third.tell("close");
    expect(Number(await third.says(/^closed (\d+)/m))).toBeLessThan(1_000);
    second.tell("close");
    expect(Number(await second.says(/^closed (\d+)/m))).toBeLessThan(3_000);
    await Promise.all([second.exited(), third.exited()]);
  }, 60_000);

  it("is opened by a client in less than a second, without the database or the queue", async () => {
    await start();
    const built = new URL("../../../dist/backends/embedded/embedded-backend.js", import.meta.url).href;
    const program = `
      import { createRequire } from "node:module";
      import { readFileSync } from "node:fs";
      const { openEmbeddedBackend } = await import(${JSON.stringify(built)});
      const startedAt = performance.now();
      const backend = await openEmbeddedBackend({ home: ${JSON.stringify(home)} });
      await backend.runs.get("none");
      const ms = performance.now() - startedAt;
      const { isShared } = backend;
      const files = Object.keys(createRequire(${JSON.stringify(built)}).cache).join();
      await backend.close();
      const mapped = readFileSync("/proc/self/maps", "utf8");
      console.log(JSON.stringify({ ms, isShared, loaded: ["bullmq", "pglite"].filter((name) => (files + mapped).includes(name)), rss: process.memoryUsage.rss() }));`;
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program]);
    const seen = z
      .object({ ms: z.number(), isShared: z.boolean(), loaded: z.array(z.string()), rss: z.number() })
      .parse(JSON.parse(stdout));
    expect(seen).toMatchObject({ isShared: true, loaded: [] });
    expect(seen.ms).toBeLessThan(1_000);
    // The database alone takes more than 100 MiB.
    expect(seen.rss).toBeLessThan(150 * MEBIBYTE);
  });

  it("refuses a token that is not its own, and speaks to nobody who shows none", async () => {
    await start();
    const { socket, token } = await noteOf();
    const version = STORE_VERSION;
    expect(await OwnerConnection.open({ socket, token: "0".repeat(token.length), version })).toBe("nobody");
    expect(await OwnerConnection.open({ socket, token, version: "0" })).toBe("version");
    const statement = { id: 1, sql: "SELECT 1", params: [] };
    for (const first of [
      encodeFrame(statement),
      Buffer.from("GET / HTTP/1.1\r\n\r\n"),
      Buffer.alloc(8, 0xff),
    ]) {
      expect(await answerTo(socket, first)).toBe("");
    }
    const friend = await enter({ socket, token });
    expect((await friend.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await friend.close();
  });

  it("takes no statement that would reach into those of others, and stays well", async () => {
    await start();
    const friend = await enter(await noteOf());
    for (const sql of [
      "BEGIN",
      "-- a comment\nCOMMIT",
      "SET search_path TO x",
      "SELECT 1; DROP SCHEMA sluice",
    ]) {
      await expect(friend.query(sql)).rejects.toThrow(/no such statement|multiple commands/);
    }
    expect((await friend.query("SELECT count(*) AS n FROM sluice.runs")).rows).toEqual([{ n: 0 }]);
    await friend.close();
  });

  it("keeps its socket and its secret to its user", async () => {
    await chmod(join(home, "embedded"), 0o755);
    await start();
    const { socket } = await noteOf();
    const rights = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);
    expect(await rights(dirname(socket))).toBe("700");
    expect(await rights(socket)).toBe("600");
    expect(await rights(join(home, "embedded", "owner.json"))).toBe("600");
  });

  it("puts its socket elsewhere when its own path is too long, and leaves nothing there", async () => {
    home = join(home, "x".repeat(120));
    await cp(made, home, { recursive: true });
    const [owner, client] = [await start(), await start()];
    const { socket } = await noteOf();
    expect(socket.length).toBeLessThan(104);
    expect((await stat(dirname(socket))).mode & 0o777).toBe(0o700);
    client.tell("consume 1 1");
    owner.tell("add a 3");
    await expect.poll(() => client.all("done").length, PATIENCE).toBe(3);
    await owner.kill();
    client.tell("add b 3");
    await expect.poll(() => client.all("done").length, PATIENCE).toBe(6);
    await expect(stat(dirname(socket))).rejects.toMatchObject({ code: "ENOENT" });
  }, 60_000);

  it("says so when there is no place for a socket", async () => {
    home = join(home, "x".repeat(120));
    await cp(made, home, { recursive: true });
    const owner = await start({ TMPDIR: home });
    const startedAt = performance.now();
    const second: unknown = await openEmbeddedBackend({ home }).catch((error: unknown) => error);
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(second).toMatchObject({
      code: "BACKEND_BUSY",
      facts: { folder: join(home, "embedded"), pid: owner.pid, why: "socket" },
    });
    expect(String(second)).toMatch(/SLUICE_HOME.*Redis/);
  });

  it("names the process that does not answer", async () => {
    const owner = await start();
    owner.stop();
    const second: unknown = await openEmbeddedBackend({ home }).catch((error: unknown) => error);
    expect(second).toMatchObject({ code: "BACKEND_BUSY", verdict: "retryable", facts: { why: "silent" } });
    expect(String(second)).toContain("Ctrl-Z");
  }, 30_000);

  it("is opened whatever a killed owner has left in its note", async () => {
    await (await start()).kill();
    for (const text of ["", "{", '{"pid":1,"socket":"/nowhere/owner.sock","token":"t"}']) {
      await writeFile(join(home, "embedded", "owner.json"), text);
      const backend = await openEmbeddedBackend({ home });
      expect(await backend.runs.get("none")).toBeUndefined();
      expect(JSON.parse(await readFile(join(home, "embedded", "owner.json"), "utf8"))).toMatchObject({
        pid: process.pid,
      });
      await backend.close();
    }
  });
});

async function enter(note: { socket: string; token: string }): Promise<OwnerConnection> {
  const connection = await OwnerConnection.open({ ...note, version: STORE_VERSION });
  if (typeof connection === "string") throw new Error(`not let in: ${connection}`);
  return connection;
}

/** What the owner answers to a first message before it hangs up. */
async function answerTo(path: string, first: Buffer): Promise<string> {
  const socket = connect({ path });
  socket.on("error", () => {});
  socket.write(first);
  let answer = "";
  for await (const data of socket) answer += String(data);
  return answer;
}
