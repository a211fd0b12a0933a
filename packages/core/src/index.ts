// Errors

// Cache and checkpoints
export { MemoryCache } from "./cache/memory-cache.ts";
export { CACHE_TTL_MS, type ResponseCache } from "./cache/response-cache.ts";
export type { CheckpointEntry, CheckpointStore } from "./checkpoints/checkpoint-store.ts";
export { MemoryCheckpoints } from "./checkpoints/memory-checkpoints.ts";
// Documents
export { type Document, documentSchema, type Metadata, type Page } from "./documents/document.ts";
export type { LoadedText, Loader, Source } from "./documents/loader.ts";
export { type ErrorCode, errorCodes } from "./errors/codes.ts";
export { AccountHaltedError, type ClosedReason, QuotaClosedError } from "./errors/quota-errors.ts";
export {
  type ErrorRecord,
  type Fact,
  SluiceError,
  toErrorRecord,
  type Verdict,
} from "./errors/sluice-error.ts";
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
// Quota
export { createLedger, type LedgerOptions } from "./quota/cell-ledger.ts";
export type { AcquireOptions, Ledger, LedgerStatus, Permit } from "./quota/ledger.ts";
export { type CellReading, MemoryCell, type StateCell } from "./quota/state-cell.ts";
export { defaultRules, type QuotaRules, type Reading, type Rejection } from "./quota/window.ts";

// Shared
export { type Clock, systemClock } from "./shared/clock.ts";
export { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from "./shared/duration.ts";
export { sha256 } from "./shared/hash.ts";
export { randomId } from "./shared/ids.ts";
export { type JsonValue, parseJson } from "./shared/json.ts";
