import { expect, test } from "vitest";
import { call } from "./call.ts";
import { fastStoreOf } from "./fast-store.ts";
import { checksConfig, makeFolder } from "./folder.ts";
import { startSluice } from "./spawn-sluice.ts";

test("a worker takes what a schedule names and works it off", async () => {
  await using folder = await makeFolder({ "sluice.config.ts": checksConfig("bad"), "inbox/a.txt": "good" });
  const options = { cwd: folder.path, env: { ...fastStoreOf(folder.path) } };
  const { code } = await call(["schedule", "add", "inbox", "checks", "inbox", "--every", "1h"], options);
  expect(code).toBe(0);
  const worker = startSluice(["worker"], options);
  await worker.said("Schedule inbox: batch");
  await worker.said("done   inbox/a.txt");
  worker.child.kill("SIGTERM");
  expect((await worker.ended).code).toBe(0);
}, 90_000);
