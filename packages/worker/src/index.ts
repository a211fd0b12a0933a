// Backends
export type { Backend } from "./backend/backend.ts";
export type { BackendFact, BackendFacts, BackendTrouble } from "./backend/backend-facts.ts";
export type { EventLog, FollowOptions, LogEntry, LogPosition } from "./backend/event-log.ts";
export type { LogEvent, LoggedEvent } from "./backend/logged-event.ts";
export { PAUSED, type PausedPipeline } from "./backend/pauses.ts";
export type { ConsumeOptions, Consumer, Disposition, QueueEntry, RunQueue } from "./backend/run-queue.ts";
export type {
  BatchRecord,
  Crash,
  Hold,
  RunDocument,
  RunPriority,
  RunRecord,
  StatusCounts,
} from "./backend/run-record.ts";
export type {
  ExportedRun,
  NewRun,
  RemovalTerms,
  RunFilter,
  RunPart,
  RunStore,
  StoredRun,
} from "./backend/run-store.ts";
export type { LockSettings } from "./backends/bull-settings.ts";
export { type OpenBackendOptions, openBackend } from "./backends/open-backend.ts";

// Client
export { type Approval, type ApproveRequest, approve } from "./client/approve.ts";
export {
  type CancelCounts,
  type CancelledRun,
  type CancelOptions,
  cancel,
  cancellable,
} from "./client/cancel.ts";
export { type Enqueued, type EnqueuedRun, type EnqueueRequest, enqueue } from "./client/enqueue.ts";
export type { Watched } from "./client/event-filter.ts";
export { existingRuns, type KnownItem } from "./client/existing-runs.ts";
export { type Found, find } from "./client/find.ts";
export { keptEvents } from "./client/kept-events.ts";
export type { EnqueueItem } from "./client/new-run.ts";
export {
  pausePipeline,
  pauseQueue,
  type ResumedPipeline,
  resumePipeline,
  resumeQueue,
} from "./client/pause.ts";
export { type Pruned, type PruneRequest, prunable, prune } from "./client/prune.ts";
export { countRuns, type QueueStatus, queueStatus } from "./client/queue-status.ts";
export {
  type ExportedLine,
  markExported,
  type ResultLine,
  readResult,
  resultLine,
  results,
} from "./client/results.ts";
export { type Retention, retain } from "./client/retain.ts";
export { type RetriedRun, type RetryOptions, retry } from "./client/retry.ts";
export {
  addSchedule,
  listSchedules,
  type RunScheduleOptions,
  removeSchedule,
  runSchedule,
  type ScheduleRequest,
} from "./client/schedule.ts";
export { type BatchProgress, batchProgress, watchBatch } from "./client/watch.ts";
export { type WatchOptions, watchRuns } from "./client/watch-runs.ts";
// Metrics
export {
  type MetricsServer,
  type MetricsServerOptions,
  startMetricsServer,
} from "./metrics/metrics-server.ts";
// Schedules
export type {
  Schedule,
  ScheduleClaim,
  ScheduledPaths,
  ScheduleSource,
  ScheduleTick,
  ScheduleTiming,
} from "./schedules/schedule.ts";
export type { LoadScheduled, ScheduledItems } from "./schedules/take-tick.ts";
export type { TickerOptions } from "./schedules/ticker.ts";

// Worker
export type { ClosedIntake } from "./worker/admit.ts";
export { createRegistry, type Registry } from "./worker/registry.ts";
export { GRACE_MS, startWorker, type Worker, type WorkerOptions } from "./worker/worker.ts";
export type { WorkerObserver, WorkerStatus } from "./worker/worker-observer.ts";
