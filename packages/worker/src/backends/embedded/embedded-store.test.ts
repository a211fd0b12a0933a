import { mkdir, mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { queuedState } from "@sluice/core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Backend } from "../../backend/backend.ts";
import type { RunRecord } from "../../backend/run-record.ts";
import { storeBusy } from "./directory-lock.ts";
import { openEmbeddedBackend } from "./embedded-backend.ts";
import { hasKernelLocks } from "./kernel-lock.ts";

const batch = { id: "b1", pipeline: "invoices", version: 1, createdAt: 1_000, total: 1 };
const record: RunRecord = {
  id: "r1",
  batchId: "b1",
  pipeline: "invoices",
  version: 1,
  fingerprint: "f",
  document: { id: null, name: "a.pdf" },
  fresh: false,
  priority: "normal",
  inputKey: null,
  ...queuedState(1_000),
};

describe("the embedded store", () => {
  let home = "";
  let backend: Backend | undefined;
  const reopen = async () => {
    await backend?.close();
    backend = await openEmbeddedBackend({ home });
    return backend;
  };

  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), "sluice-home-")));
    // What a process leaves that was killed while it made the database.
    await mkdir(join(home, "embedded", "data"), { recursive: true });
    await writeFile(join(home, "embedded", "data", "PG_VERSION"), "18\n");
    await reopen();
  }, 30_000);
  afterAll(async () => {
    await backend?.close();
    await rm(home, { recursive: true });
  });

  it("opens over a database that was never made to the end", () => {
    expect(backend).toMatchObject({ kind: "embedded", location: join(home, "embedded") });
  });

  it("keeps everything over a close, and opens again within a second", async () => {
    await backend?.runs.create(batch, [{ record, input: "{}" }]);
    await backend?.checkpoints.write("r1", { stepPath: "s", text: "t", expected: null });
    await backend?.queue.add(["r1"]);
    await backend?.close();
    const startedAt = performance.now();
    backend = await openEmbeddedBackend({ home });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(await backend.runs.get("r1")).toEqual(record);
    expect((await backend.checkpoints.read("r1")).get("s")).toBe("t");
    expect(await backend.queue.remove("r1")).toBe(true);
  });

  it.skipIf(hasKernelLocks())("tells a second opener who has the folder, and what to do", async () => {
    const startedAt = performance.now();
    const second: unknown = await openEmbeddedBackend({ home }).catch((error: unknown) => error);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(second).toMatchObject({
      code: "BACKEND_BUSY",
      verdict: "retryable",
      facts: { folder: join(home, "embedded"), pid: process.pid },
    });
    expect(String(second)).toMatch(/SLUICE_HOME.*Redis/);
  });

  it.skipIf(!hasKernelLocks())("lets a second opener in, who stays when the first goes", async () => {
    const second = await openEmbeddedBackend({ home });
    expect([backend?.isShared, second.isShared]).toEqual([true, true]);
    await backend?.cell("shared").swap(null, "by the first");
    expect((await second.cell("shared").read()).text).toBe("by the first");
    await backend?.close();
    expect((await second.cell("shared").read()).text).toBe("by the first");
    await second.close();
    await reopen();
  });

  it("says why a store is not shared, who has it, and what to do", () => {
    const error = storeBusy("/folder", "platform", 7);
    expect(error).toMatchObject({
      code: "BACKEND_BUSY",
      facts: { folder: "/folder", pid: 7, why: "platform" },
    });
    expect(error.message).toMatch(/Process 7 .* one process uses .* at a time.* SLUICE_HOME .* Redis/);
    expect(storeBusy("/folder", "silent", undefined).message).toMatch(/^Another process .*Ctrl-Z/);
  });

  it("refuses commands after its close instead of waiting", async () => {
    await backend?.close();
    await expect(backend?.runs.get("r1")).rejects.toMatchObject({ code: "BACKEND_UNREACHABLE" });
    await expect(backend?.queue.add(["r1"])).rejects.toMatchObject({ code: "BACKEND_UNREACHABLE" });
    await reopen();
  });

  it("says which folder it cannot use", async () => {
    const file = join(home, "a-file");
    await writeFile(file, "");
    const opening = openEmbeddedBackend({ home: file });
    await expect(opening).rejects.toMatchObject({
      code: "BACKEND_UNREACHABLE",
      facts: { folder: join(file, "embedded") },
    });
  });
});
