import * as core from "@sluice/core";
import * as coreTesting from "@sluice/core/testing";
import * as simulator from "@sluice/simulator";
import * as worker from "@sluice/worker";
import { describe, expect, it } from "vitest";

/** What leaves or enters a package's door shows here, so that nobody changes it unaware. */
describe("the public names", () => {
  it("of @sluice/core", () => {
    expect(Object.keys(core).sort()).toMatchInlineSnapshot(`
      [
        "AccountHaltedError",
        "CACHE_TTL_MS",
        "DAY_MS",
        "HOUR_MS",
        "MINUTE_MS",
        "MemoryCache",
        "MemoryCell",
        "MemoryCheckpoints",
        "ModelsCoolingError",
        "OPENROUTER_BASE_URL",
        "ParkError",
        "QuotaClosedError",
        "RequestMeter",
        "SECOND_MS",
        "SluiceError",
        "accountOf",
        "code",
        "contextOf",
        "createLedger",
        "defaultRules",
        "defineConfig",
        "definePipeline",
        "documentSchema",
        "errorCodes",
        "estimateTokens",
        "execute",
        "formatDuration",
        "freeModels",
        "hasFreeId",
        "isFinished",
        "llm",
        "loadDocument",
        "loadDocuments",
        "loadFile",
        "openRouter",
        "outputLimitOf",
        "parseJson",
        "queuedState",
        "randomId",
        "routeTask",
        "runPipeline",
        "runStatuses",
        "sha256",
        "supports",
        "systemClock",
        "tasks",
        "textRequest",
        "toErrorRecord",
        "transition",
        "unseal",
        "whyNotFree",
      ]
    `);
  });

  it("of @sluice/core/testing", () => {
    expect(Object.keys(coreTesting).sort()).toMatchInlineSnapshot(`
      [
        "ManualClock",
        "checkpointStoreTestsuite",
        "ledgerTestsuite",
        "responseCacheTestsuite",
      ]
    `);
  });

  it("of @sluice/worker", () => {
    expect(Object.keys(worker).sort()).toMatchInlineSnapshot(`
      [
        "GRACE_MS",
        "approve",
        "batchProgress",
        "createRegistry",
        "enqueue",
        "find",
        "openBackend",
        "resultLine",
        "results",
        "retry",
        "startWorker",
        "watchBatch",
      ]
    `);
  });

  it("of @sluice/simulator", () => {
    expect(Object.keys(simulator).sort()).toMatchInlineSnapshot(`
      [
        "classicCatalogue",
        "scenarios",
        "startSimulator",
        "testCatalogue",
      ]
    `);
  });
});
