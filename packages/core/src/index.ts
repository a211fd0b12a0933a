// Pipelines

export type { BlockBuilder, BlockOf, InnerBlock } from "./pipeline/block.ts";
export { childrenOf, hasPackedStep, pathInto, walkSteps } from "./pipeline/children.ts";
export { defineConfig, type SluiceConfig } from "./pipeline/define-config.ts";
export {
  DEFAULT_LIMITS,
  definePipeline,
  type PipelineBuilder,
  type PipelineHead,
  type PipelineView,
} from "./pipeline/define-pipeline.ts";
export {
  type EstimateFactor,
  type EstimateTerm,
  estimateRequests,
  type RequestEstimate,
} from "./pipeline/estimate.ts";
export { stepFingerprint } from "./pipeline/fingerprint.ts";
export {
  type GraphEdge,
  type GraphGroup,
  type GraphNode,
  graphOf,
  mermaid,
  type PipelineGraph,
} from "./pipeline/graph.ts";
export { madeFrom } from "./pipeline/made-from.ts";
export type { AnyPipeline, Pipeline, RunLimits } from "./pipeline/pipeline.ts";
export type {
  AnyView,
  Block,
  CheckResult,
  Example,
  NamedStep,
  Step,
  StepDefinition,
  StepKind,
  ToolDefinition,
} from "./pipeline/step.ts";

// Kinds of steps

export {
  type AgentOptions,
  type AgentTextOptions,
  agent,
  type ToolOptions,
  tool,
} from "./pipeline/steps/agent.ts";
export { type ApproveOptions, approve } from "./pipeline/steps/approve.ts";
export { type BranchByOptions, type BranchOptions, branch } from "./pipeline/steps/branch.ts";
export { type CodeContext, type CodeOptions, code } from "./pipeline/steps/code.ts";
export {
  type LlmOptions,
  type LlmTextOptions,
  llm,
  type ModelOptions,
  type PackOptions,
} from "./pipeline/steps/llm.ts";
export { type LoopOptions, type LoopView, loop } from "./pipeline/steps/loop.ts";
export {
  type Collected,
  type ItemView,
  type MapCollectOptions,
  type MapOptions,
  map,
} from "./pipeline/steps/map.ts";
export { type Branch, type ParallelOptions, parallel } from "./pipeline/steps/parallel.ts";
export { type GroupView, type ReduceOptions, reduce } from "./pipeline/steps/reduce.ts";
export { type SleepOptions, sleep } from "./pipeline/steps/sleep.ts";
export { sub } from "./pipeline/steps/sub.ts";

// Ready-made steps

export { allHold } from "./pipeline/ready-made/all-hold.ts";
export { type AnswerFrom, type AnswerFromOptions, answerFrom } from "./pipeline/ready-made/answer-from.ts";
export { type ClassifyOptions, classify } from "./pipeline/ready-made/classify.ts";
export { type ExtractOptions, extract } from "./pipeline/ready-made/extract.ts";
export { numbersFrom } from "./pipeline/ready-made/numbers-from.ts";
export { quotesFrom } from "./pipeline/ready-made/quotes-from.ts";
export {
  type DocumentChunk,
  type SplitDocumentOptions,
  splitDocument,
} from "./pipeline/ready-made/split-document.ts";
export { type SummarizeOptions, summarize } from "./pipeline/ready-made/summarize.ts";
export { type TranslateOptions, translate } from "./pipeline/ready-made/translate.ts";

// Execution

export { type DecideRequest, decide, decisionPath, decisionSchema } from "./executor/decide.ts";
export type { LogFacts, OnRunEvent, RunEvent } from "./executor/events.ts";
export { type Execution, execute } from "./executor/execute.ts";
export { recordsFrom } from "./executor/records-from.ts";
export type { RunDocumentName } from "./executor/run-context.ts";
export {
  type RunHandle,
  type RunOptions,
  type RunResult,
  runPipeline,
  startRun,
} from "./executor/run-pipeline.ts";
export type { Runtime } from "./executor/runtime.ts";
export { catchStrayErrors, type StrayError } from "./executor/stray-errors.ts";

// Planning

export { BatchPlanner, type PlanItem } from "./planning/batch-planner.ts";
export type {
  Advice,
  Plan,
  PlannedDocuments,
  PlannedFinish,
  PlannedQuota,
  PlannedRequests,
  PlannedStep,
  Range,
  TooLong,
} from "./planning/plan.ts";
export { finishTime } from "./planning/send-times.ts";
export type { PlanTerms } from "./planning/tally.ts";

// Runs

export {
  delayedState,
  isFinished,
  queuedState,
  type RunState,
  type RunStatus,
  type RunTransition,
  type RunUsage,
  runStatuses,
  type StateChange,
  transition,
  usageOf,
  type WaitingFor,
} from "./executor/run-state.ts";

// Models

export type { AnswerMessage } from "./models/answer-message.ts";
export type { Catalogue, CatalogueModel } from "./models/catalogue.ts";
export { contextOf, outputLimitOf, supports } from "./models/catalogue.ts";
export type { ChatMessage, ContentPart, FunctionCall, TokenUsage } from "./models/chat.ts";
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
export { type AccountOutlook, type ForeseenRoute, shippedOutlook } from "./models/outlook.ts";
export type { PackedAnswer, PackPlace } from "./models/pack/pack.ts";
export { PackBook, type PackSubject } from "./models/pack/pack-book.ts";
export { agreementOf, type Learnt } from "./models/pack/pack-size.ts";
export { type Task, tasks } from "./models/profiles.ts";
export { RequestMeter } from "./models/request-meter.ts";
export { routeTask } from "./models/route-task.ts";
export type { AcceptAnswer, Acceptance } from "./models/structured/accept-answer.ts";
export { type TextQuestion, textRequest } from "./models/text-request.ts";
export type { ToolCall, ToolChoice, ToolSpec } from "./models/tool.ts";

// Documents

export { type Chunk, type ChunkOptions, chunkText } from "./documents/chunk.ts";
export { type Document, documentSchema, type Metadata, type Page } from "./documents/document.ts";
export {
  type DocumentFile,
  type LoadOutcome,
  loadDocument,
  loadDocuments,
  loadFile,
} from "./documents/load-documents.ts";
export type { LoadedText, Loader, Source } from "./documents/loader.ts";

// Quota

export { createLedger, type LedgerOptions } from "./quota/cell-ledger.ts";
export type { AcquireOptions, Ledger, LedgerPace, LedgerStatus, Permit } from "./quota/ledger.ts";
export { defaultRules, type QuotaRules } from "./quota/rules.ts";
export type { Reading, Rejection } from "./quota/server-view.ts";
export { type CellReading, MemoryCell, type StateCell } from "./quota/state-cell.ts";

// Cache and checkpoints

export { MemoryCache } from "./cache/memory-cache.ts";
export { CACHE_TTL_MS, type ResponseCache } from "./cache/response-cache.ts";
export type { CheckpointEntry, CheckpointStore } from "./checkpoints/checkpoint-store.ts";
export { seal, unseal } from "./checkpoints/envelope.ts";
export { MemoryCheckpoints } from "./checkpoints/memory-checkpoints.ts";

// Errors

export { type ErrorCode, errorCodes } from "./errors/codes.ts";
export {
  AccountHaltedError,
  type ClosedReason,
  ModelsCoolingError,
  ParkError,
  QuotaClosedError,
} from "./errors/quota-errors.ts";
export { SleepingError, WaitingError } from "./errors/rest-errors.ts";
export {
  type ErrorRecord,
  type Fact,
  SluiceError,
  toErrorRecord,
  type Verdict,
} from "./errors/sluice-error.ts";

// Telemetry

export { isTraced } from "./telemetry/is-traced.ts";
export { stepPattern } from "./telemetry/step-pattern.ts";

// Shared

export { type Clock, systemClock } from "./shared/clock.ts";
export { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from "./shared/duration.ts";
export {
  type ArmedFault,
  armFaultPoints,
  type FaultPoint,
  faultPoint,
  faultPoints,
} from "./shared/fault-point.ts";
export { hashValue, sha256 } from "./shared/hash.ts";
export { randomId } from "./shared/ids.ts";
export { type JsonValue, parseJson } from "./shared/json.ts";
export type { Checked, Schema } from "./shared/schema.ts";
export { estimateTokens } from "./shared/token-estimate.ts";
