import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { startRedisServer } from "@sluice/worker/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks } from "./markdown.ts";
import { root } from "./source-files.ts";

const readme = codeBlocks("README.md", readFileSync(join(root, "README.md"), "utf8"));
const blockWith = (text: string) => {
  const block = readme.find(({ language, code }) => language === "sh" && code.includes(text));
  if (!block) throw new Error(`README.md shows no block with ${text}`);
  return block.code;
};

const folder = mkdtempSync(join(tmpdir(), "sluice-readme-"));
const redis = await startRedisServer();

beforeAll(() => {
  // What `npx sluice` runs in a clone, from any folder.
  const npx = join(folder, "bin", "npx");
  mkdirSync(join(folder, "bin"));
  writeFileSync(
    npx,
    `#!/bin/sh\nshift\nexec "${process.execPath}" "${root}packages/cli/bin/sluice.js" "$@"\n`,
  );
  chmodSync(npx, 0o755);
});

afterAll(async () => {
  await redis?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Types a block into a shell, line by line as it stands, and stops at the first line that fails. */
async function type(script: string, cwd: string): Promise<{ code: number; output: string }> {
  const env = { ...process.env, PATH: `${join(folder, "bin")}${delimiter}${process.env["PATH"]}` };
  const shell = spawn("sh", ["-e"], { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr])
    stream.on("data", (data: Buffer) => (output += data.toString()));
  shell.stdin.end(script);
  const [code] = await once(shell, "close");
  return { code: Number(code), output };
}

describe("what the README tells to type", () => {
  it("makes a project that turns its documents into results", async () => {
    const { code, output } = await type(blockWith("sluice init"), folder);
    expect(output).toContain("2 of 2 done");
    expect(code).toBe(0);
    const lines = readFileSync(join(folder, "my-project/results.jsonl"), "utf8").trim().split("\n");
    expect(lines.map((line) => JSON.parse(line).status)).toEqual(["completed", "completed"]);
  }, 60_000);

  it.skipIf(redis === null)(
    "enqueues, works off and exports through Redis",
    async () => {
      const block = blockWith("SLUICE_REDIS_URL").replace("redis://127.0.0.1:6379", redis?.url ?? "");
      const { code, output } = await type(block, join(folder, "my-project"));
      expect(output).toContain('"status":"completed"');
      expect(code).toBe(0);
    },
    60_000,
  );
});
