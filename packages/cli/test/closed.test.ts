import { join } from "node:path";
import { openBackend, type StatusCounts } from "@sluice/worker";
import { expect, test } from "vitest";
import { fastStoreOf } from "./fast-store.ts";
import { makeFolder, titlesConfig } from "./folder.ts";
import { sluice } from "./spawn-sluice.ts";

const DOCUMENTS = 40;
const NAMES = Array.from({ length: DOCUMENTS }, (_, number) => `in/${number}.txt`);

async function countsOf(cwd: string): Promise<StatusCounts> {
  const { SLUICE_REDIS_URL: redisUrl } = fastStoreOf(cwd);
  const backend = await openBackend({ home: join(cwd, ".sluice"), redisUrl });
  const [batch] = await backend.runs.listBatches(1);
  const counts = await backend.runs.countByStatus(batch?.id ?? "");
  await backend.close();
  return counts;
}

test("a spent day leaves what is queued in the queue, and every worker ends at once and says until when", async () => {
  const files = NAMES.map((name) => [name, `Title of ${name}`]);
  await using folder = await makeFolder({
    "sluice.config.ts": titlesConfig('simulate: "always", concurrency: 2'),
    ...Object.fromEntries(files),
  });
  const options = { cwd: folder.path, env: { ...fastStoreOf(folder.path), SLUICE_QUOTA_PER_DAY: "2" } };
  const message = /the free day is spent; resumes 00:0\d UTC .*: `sluice worker --drain`/;

  const first = await sluice(["run", "titles", "in"], options);
  expect(first.code).toBe(75);
  expect(first.stderr).toMatch(new RegExp(`2 of ${DOCUMENTS} done; ${message.source}`));
  const counts = await countsOf(folder.path);
  expect(counts).toMatchObject({ completed: 2, running: 0 });
  expect(counts.queued).toBeGreaterThan(DOCUMENTS - 10);

  const drained = await sluice(["worker", "--drain"], options);
  expect(drained.code).toBe(75);
  expect(drained.stderr).toMatch(message);
  expect(await countsOf(folder.path)).toEqual(counts);
}, 60_000);
