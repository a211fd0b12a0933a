import { PassThrough } from "node:stream";
import { definePipeline, type RunEvent } from "@sluice/core";
import { type Backend, enqueue, openBackend } from "@sluice/worker";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { type Folder, makeFolder } from "../../test/folder.ts";
import { createReporter } from "./reporter.ts";

let folder: Folder;
let backend: Backend;
let runId: string;

beforeAll(async () => {
  folder = await makeFolder();
  backend = await openBackend({ redisUrl: undefined, home: folder.path });
  const pipeline = definePipeline({ name: "letters", version: 1, input: z.unknown() });
  const document = { id: null, name: "inbox/a.txt" };
  const { batchId } = await enqueue(backend, { pipeline, items: [{ document, input: null }], total: 1 });
  for await (const run of backend.runs.list({ batchId })) runId = run.id;
});

afterAll(async () => {
  await backend.close();
  await folder.remove();
});

/** What is told of events, on a terminal or elsewhere. */
async function told(events: readonly RunEvent[], { isTTY }: { isTTY: boolean }): Promise<string> {
  const stderr = Object.assign(new PassThrough(), { isTTY, columns: 100 });
  let text = "";
  stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString("utf8");
  });
  {
    await using reporter = createReporter(backend, { stderr, env: {} });
    for (const event of events) reporter.onEvent(event);
  }
  return text;
}

const events = (): RunEvent[] => [
  { type: "run.started", runId, pipeline: "letters", version: 1, resumedSteps: 0 },
  { type: "step.log", runId, step: "rows", message: "read the table", facts: { rows: 12 } },
  { type: "run.waiting", runId, step: "release", question: "Send it?", until: null },
  { type: "run.parked", runId, until: Date.UTC(2026, 0, 1), why: "day" },
];

test("a pipe gets one line for each thing that is said, waits or is parked, in order", async () => {
  const lines = (await told(events(), { isTTY: false })).trimEnd().split("\n");
  expect(lines).toEqual([
    "log    inbox/a.txt rows: read the table (rows=12)",
    `waits  inbox/a.txt at release: Send it? · answer: sluice approve ${runId}`,
    expect.stringMatching(/^parked inbox\/a\.txt until 00:00 UTC/),
  ]);
});

test("a terminal gets what is said dimly, what waits plainly, and leaves the rest to the bar", async () => {
  const text = await told(events(), { isTTY: true });
  expect(text).toContain("\u001b[2mlog    inbox/a.txt rows: read the table (rows=12)\u001b[22m\n");
  expect(text).toContain("waits  inbox/a.txt at release");
  expect(text).not.toContain("\u001b[2mwaits");
  expect(text).not.toContain("parked");
});
