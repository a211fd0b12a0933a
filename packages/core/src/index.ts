// Errors

// Cache and checkpoints
export { MemoryCache } from "./cache/memory-cache.ts";
export { CACHE_TTL_MS, type ResponseCache } from "./cache/response-cache.ts";
export type { CheckpointEntry, CheckpointStore } from "./checkpoints/checkpoint-store.ts";
export { unseal } from "./checkpoints/envelope.ts";
export { MemoryCheckpoints } from "./checkpoints/memory-checkpoints.ts";
// Documents
export { type Document, documentSchema, type Metadata, type Page } from "./documents/document.ts";
export {
  type DocumentFile,
  type LoadOutcome,
  loadDocument,
  loadDocuments,
  loadFile,
} from "./documents/load-documents.ts";
export type { LoadedText, Loader, Source } from "./documents/loader.ts";
export { type ErrorCode, errorCodes } from "./errors/codes.ts";
export {
  AccountHaltedError,
  type ClosedReason,
  ModelsCoolingError,
  ParkError,
  QuotaClosedError,
} from "./errors/quota-errors.ts";
export {
  type ErrorRecord,
  type Fact,
  SluiceError,
  toErrorRecord,
  type Verdict,
} from "./errors/sluice-error.ts";
// Execution
export type { OnRunEvent, RunEvent } from "./executor/events.ts";
export { type Execution, execute } from "./executor/execute.ts";
export { type RunOptions, type RunResult, runPipeline } from "./executor/run-pipeline.ts";
// Runs
export {
  isFinished,
  queuedState,
  type RunState,
  type RunStatus,
  type RunTransition,
  type RunUsage,
  runStatuses,
  transition,
} from "./executor/run-state.ts";
export type { Runtime } from "./executor/runtime.ts";
// Models
export type { Catalogue, CatalogueModel } from "./models/catalogue.ts";
export { contextOf, outputLimitOf, supports } from "./models/catalogue.ts";
export type { ChatMessage, ContentPart, TokenUsage } from "./models/chat.ts";
export { freeModels, hasFreeId, whyNotFree } from "./models/free-only.ts";
export type { ModelLayer } from "./models/model-layer.ts";
export type { AttemptReport, CallContext, ModelAnswer, ModelRequest } from "./models/model-request.ts";
export {
  accountOf,
  OPENROUTER_BASE_URL,
  type OpenRouter,
  type OpenRouterOptions,
  openRouter,
  type RestingModel,
} from "./models/openrouter/openrouter.ts";
export type { AccountReading, OpenRouterApi } from "./models/openrouter/openrouter-api.ts";
export { type Task, tasks } from "./models/profiles.ts";
export { RequestMeter } from "./models/request-meter.ts";
export { routeTask } from "./models/route-task.ts";
export { type TextQuestion, textRequest } from "./models/text-request.ts";
// Pipelines
export { defineConfig, type SluiceConfig } from "./pipeline/define-config.ts";
export { definePipeline, type PipelineBuilder, type PipelineHead } from "./pipeline/define-pipeline.ts";
export type { AnyPipeline, NamedStep, Pipeline } from "./pipeline/pipeline.ts";
export type { CodeStep, CodeView, LlmStep, Step, StepView } from "./pipeline/step.ts";
export { type CodeOptions, code } from "./pipeline/steps/code.ts";
export { type LlmOptions, type LlmTextOptions, llm } from "./pipeline/steps/llm.ts";

// Quota
export { createLedger, type LedgerOptions } from "./quota/cell-ledger.ts";
export type { AcquireOptions, Ledger, LedgerStatus, Permit } from "./quota/ledger.ts";
export { defaultRules, type QuotaRules } from "./quota/rules.ts";
export type { Reading, Rejection } from "./quota/server-view.ts";
export { type CellReading, MemoryCell, type StateCell } from "./quota/state-cell.ts";
// Shared
export { type Clock, systemClock } from "./shared/clock.ts";
export { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from "./shared/duration.ts";
export { sha256 } from "./shared/hash.ts";
export { randomId } from "./shared/ids.ts";
export { type JsonValue, parseJson } from "./shared/json.ts";
export { estimateTokens } from "./shared/token-estimate.ts";
