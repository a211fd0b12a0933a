import { type Fault, startSimulator } from "@sluice/simulator";
import { expect, test } from "vitest";
import { call } from "./call.ts";
import { makeFolder } from "./folder.ts";

const LONG =
  "A sluice lets water through a little at a time, and never more than the wheel can bear. ".repeat(4);

/** Asks with a terminal in front of a server that goes wrong as scripted. */
async function askWith(faults: readonly Fault[], question: string) {
  await using simulator = await startSimulator();
  simulator.script("*", ...faults);
  await using folder = await makeFolder();
  const env = { OPENROUTER_BASE_URL: simulator.url };
  const outcome = await call(["ask", question], { cwd: folder.path, env, isTerminal: true });
  const streamed = simulator.journal.filter(({ body }) =>
    JSON.stringify(body ?? {}).includes('"stream":true'),
  );
  return { ...outcome, streamed: streamed.length };
}

test("an answer is written while it comes where a person watches", async () => {
  const { code, stdout, streamed } = await askWith([], LONG);
  expect({ code, streamed }).toEqual({ code: 0, streamed: 1 });
  expect(stdout).toMatch(/^A sluice [^\n]{100,}\.\n$/);
  expect(LONG.startsWith(stdout.trimEnd())).toBe(true);
});

test("an answer that breaks off half-way is named, and begins anew on a line of its own", async () => {
  const { code, stdout, stderr } = await askWith([{ kind: "sse-error" }], LONG);
  expect(code).toBe(0);
  expect(stderr).toMatch(/:free gave no whole answer: .*\nThe answer begins anew:\n/);
  const [half = "", whole] = stdout.trimEnd().split("\n");
  expect(half.length).toBeGreaterThan(0);
  expect(whole?.startsWith(half)).toBe(true);
  expect(whole).toMatch(/^A sluice .{100,}\.$/);
});

test("a terminal does not obey what a model writes, and keeps its lines and characters whole", async () => {
  const { stdout } = await askWith([], `${"Look: ".repeat(7)}🚪🚪🚪🚪 \u001b[2J and go.\n  So?`);
  expect(stdout).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(stdout).not.toContain("\\u{d8");
});

test("a spent day ends with its own code and the time at which it goes on", async () => {
  await using simulator = await startSimulator({ limits: { perDay: 1 } });
  await using folder = await makeFolder();
  const env = { OPENROUTER_BASE_URL: simulator.url };
  expect((await call(["ask", "Hello?"], { cwd: folder.path, env })).code).toBe(0);
  const { code, stderr } = await call(["ask", "Hello again?"], { cwd: folder.path, env });
  expect(code).toBe(75);
  expect(stderr).toContain("error QUOTA_CLOSED");
});
