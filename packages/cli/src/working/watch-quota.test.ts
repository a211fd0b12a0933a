import { PassThrough } from "node:stream";
import { openRouter } from "@sluice/core";
import { expect, test } from "vitest";
import { watchQuota } from "./watch-quota.ts";

/** Watches an account nobody else uses; `act` hears what is shown so far, and ends it by answering false. */
async function watch(isTTY: boolean, act: (shown: string, take: () => void) => boolean): Promise<string> {
  const router = openRouter({ apiKey: "k", baseUrl: "http://127.0.0.1:9" });
  const stop = new AbortController();
  const stdout = Object.assign(new PassThrough(), { isTTY });
  let shown = "";
  stdout.on("data", (chunk: Buffer) => {
    shown += chunk.toString("utf8");
    if (!act(shown, () => void router.ledger.acquire())) stop.abort();
  });
  const [stderr, stdin] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, stdin, env: {}, cwd: "/", signal: stop.signal };
  await watchQuota(router, { json: false, io });
  return shown;
}

test("a pipe gets a line when something has happened", async () => {
  const shown = await watch(false, (text, take) => {
    if (text.includes("minute 1 of 20")) return false;
    take();
    return true;
  });
  expect(shown.trim().split("\n")).toEqual([
    expect.stringMatching(/^\d\d:\d\d UTC .* minute 0 of 20 · day 0 of 50$/),
    expect.stringMatching(/minute 1 of 20 · day 1 of 50$/),
  ]);
});

test("a terminal is drawn over in place", async () => {
  const shown = await watch(true, (text) => text.split("window").length < 3);
  const height = shown.split("\u001b")[0]?.trimEnd().split("\n").length;
  expect(shown).toContain(`\u001b[${height}A\u001b[0Jwindow`);
});
