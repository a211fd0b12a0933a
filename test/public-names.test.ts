import * as core from "@sluice/core";
import * as coreLangchain from "@sluice/core/langchain";
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
        "DEFAULT_LIMITS",
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
        "SleepingError",
        "SluiceError",
        "WaitingError",
        "accountOf",
        "agent",
        "answerFrom",
        "approve",
        "armFaultPoints",
        "branch",
        "catchStrayErrors",
        "childrenOf",
        "chunkText",
        "classify",
        "code",
        "contextOf",
        "createLedger",
        "decide",
        "decisionPath",
        "decisionSchema",
        "defaultRules",
        "defineConfig",
        "definePipeline",
        "delayedState",
        "documentSchema",
        "errorCodes",
        "estimateRequests",
        "estimateTokens",
        "execute",
        "extract",
        "faultPoint",
        "faultPoints",
        "formatDuration",
        "freeModels",
        "graphOf",
        "hasFreeId",
        "hashValue",
        "isFinished",
        "isTraced",
        "llm",
        "loadDocument",
        "loadDocuments",
        "loadFile",
        "loop",
        "madeFrom",
        "map",
        "mermaid",
        "openRouter",
        "outputLimitOf",
        "parallel",
        "parseJson",
        "pathInto",
        "queuedState",
        "randomId",
        "recordsFrom",
        "reduce",
        "routeTask",
        "runPipeline",
        "runStatuses",
        "seal",
        "sha256",
        "sleep",
        "splitDocument",
        "startRun",
        "stepFingerprint",
        "stepPattern",
        "sub",
        "summarize",
        "supports",
        "systemClock",
        "tasks",
        "textRequest",
        "toErrorRecord",
        "tool",
        "transition",
        "translate",
        "unseal",
        "walkSteps",
        "whyNotFree",
      ]
    `);
  });

  it("of @sluice/core/langchain", () => {
    expect(Object.keys(coreLangchain).sort()).toMatchInlineSnapshot(`
      [
        "chatModel",
        "runnable",
        "toRunnable",
        "unwrapLayerError",
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
        "PAUSED",
        "addSchedule",
        "approve",
        "batchProgress",
        "cancel",
        "cancellable",
        "countRuns",
        "createRegistry",
        "enqueue",
        "find",
        "keptEvents",
        "listSchedules",
        "markExported",
        "openBackend",
        "pausePipeline",
        "pauseQueue",
        "prunable",
        "prune",
        "queueStatus",
        "readResult",
        "removeSchedule",
        "resultLine",
        "results",
        "resumePipeline",
        "resumeQueue",
        "retain",
        "retry",
        "runSchedule",
        "startMetricsServer",
        "startWorker",
        "watchBatch",
        "watchRuns",
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
