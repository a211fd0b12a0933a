import { readdir } from "node:fs/promises";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call } from "./call.ts";
import { fastStoreOf } from "./fast-store.ts";
import { checksConfig, type Folder, makeFolder } from "./folder.ts";

/** What is the id of nothing: paths, patterns, keys of Redis, marks of formats, what text has no room for. */
const hostileIds = [
  ...["../../etc/passwd", "..", "%2e%2e%2f", "/etc/passwd", "*", "?", "[a-z]", "{}", "{sluice}:run:x"],
  ...[
    "a\u0000b",
    "a\nb",
    "a\r\nDEL x",
    "\u001b[2J",
    "\ud800",
    "x".repeat(10_000),
    "' OR 1=1 --",
    "$(id)",
    "a b",
    "run:1",
  ],
];

/** What looks like an id, and is none of ours. */
const strangeIds = ["__proto__", "constructor", "toString", "_", "x".repeat(64)];

/** Every command that takes the id of a run or a batch. */
const commandsOf = (id: string): string[][] => [
  ["show", id],
  ["logs", id],
  ["logs", id, "--follow"],
  ["watch", id],
  ["approve", id],
  ["approve", id, "--decision", "true"],
  ["retry", id],
  ["retry", id, "--from", "check"],
  ["cancel", id],
  ["cancel", "latest", id],
  ["export", id, "--out", "out.jsonl"],
  ["runs", "ls", "--batch", id],
];

// The rule stands before any store: one is enough here. What stores make of such ids, see plain-data.test.ts.
describe("an id that is none", { timeout: 120_000 }, () => {
  let folder: Folder;
  beforeAll(async () => {
    folder = await makeFolder({ "sluice.config.ts": checksConfig("bad"), "a.txt": "bad" });
    await type("enqueue", "checks", "a.txt");
  });
  afterAll(() => folder.remove());

  const type = (...argv: string[]) => call(argv, { cwd: folder.path });

  /** All that may have been touched. */
  async function everything(): Promise<unknown> {
    const { SLUICE_REDIS_URL: url } = fastStoreOf(folder.path);
    const files = (await readdir(folder.path)).sort();
    const runs = (await type("runs", "ls", "--json")).stdout;
    if (url === undefined) return { files, runs };
    const admin = new Redis(url);
    const keys = (await admin.keys("*")).sort();
    admin.disconnect();
    return { files, runs, keys };
  }

  test("is refused by every command with a word on what is wrong, and nothing is touched", async () => {
    const before = await everything();
    for (const argv of hostileIds.flatMap(commandsOf)) {
      const { code, stdout, stderr } = await type(...argv);
      const place = JSON.stringify([argv.map((word) => word.slice(0, 40)), stderr.slice(0, 500)]);
      expect({ code, stdout }, place).toEqual({ code: 2, stdout: "" });
      expect(stderr, place).toMatch(/^error OPTION_INVALID: ".*" is no id: .{1,200}\n$/);
    }
    for (const argv of strangeIds.flatMap(commandsOf)) {
      const { code, stdout, stderr } = await type(...argv);
      expect({ code, stdout }, JSON.stringify([argv, stderr])).toEqual({ code: 1, stdout: "" });
      expect(stderr).toMatch(/^error RUN_NOT_FOUND: There is no run or batch ".*" in /);
    }
    expect(await everything()).toEqual(before);
  });
});
