import type { LedgerStatus } from "@sluice/core";
import { Gauge, type Registry } from "prom-client";
import type { StatusCounts } from "../backend/run-record.ts";
import type { QueueStatus } from "../client/queue-status.ts";
import { admit } from "../worker/admit.ts";
import type { WorkerStatus } from "../worker/worker-observer.ts";

/** What gauges are read from; undefined is what is not there, or does not answer. */
export interface GaugeFacts {
  worker: WorkerStatus | undefined;
  queue: QueueStatus | undefined;
  runs: StatusCounts | undefined;
  ledger: LedgerStatus | undefined;
}

interface GaugeSpec {
  name: `sluice_${string}`;
  help: string;
  /** One series for each value that is read; without a label there is one. */
  label?: string;
  /** Undefined shows nothing: a number that is not known is not 0. */
  read(facts: GaugeFacts): number | Readonly<Record<string, number>> | undefined;
}

const bit = (is: boolean | undefined) => (is === undefined ? undefined : Number(is));
const seconds = (ms: number) => Math.max(0, ms) / 1_000;

/** Every gauge of ours, once. */
const GAUGES: readonly GaugeSpec[] = [
  {
    name: "sluice_worker_runs_at_work",
    help: "Runs at work in this worker now.",
    read: ({ worker }) => worker?.atWork,
  },
  {
    name: "sluice_worker_closed",
    help: "1 while this worker takes no runs because the account has no free request left for them.",
    read: ({ worker }) => worker && bit(worker.closed !== null),
  },
  {
    name: "sluice_worker_halted",
    help: "1 since this worker was stopped because the account was halted.",
    read: ({ worker }) => worker && bit(worker.haltedBy !== null),
  },
  {
    name: "sluice_store_up",
    help: "1 when the store answered within two seconds.",
    read: ({ queue }) => bit(queue !== undefined),
  },
  {
    name: "sluice_runs",
    help: "Runs in the store by state; one that is a member of several batches counts in each.",
    label: "state",
    read: ({ runs }) => runs,
  },
  {
    name: "sluice_queue_paused",
    help: "1 while the queue is paused for all workers.",
    read: ({ queue }) => bit(queue?.isPaused),
  },
  {
    name: "sluice_pipelines_paused",
    help: "Pipelines that are paused.",
    read: ({ queue }) => queue?.pausedPipelines.length,
  },
  {
    name: "sluice_ledger_requests_limit",
    help: "Free requests that the account has in a minute and in a UTC day.",
    label: "window",
    read: ({ ledger }) => ledger && { minute: ledger.perMinute, day: ledger.perDay },
  },
  {
    name: "sluice_ledger_requests_used",
    help: "Requests of the account in the last minute and in this UTC day, by all processes and what the server knows of.",
    label: "window",
    read: ({ ledger }) => ledger && { minute: ledger.usedInWindow, day: ledger.usedToday },
  },
  {
    name: "sluice_ledger_reset_in_seconds",
    help: "Seconds until the next request may leave, and until the day's count starts again.",
    label: "window",
    read: ({ ledger }) =>
      ledger && {
        minute: seconds(ledger.nextSlotAt - ledger.now),
        day: seconds(ledger.dayEndsAt - ledger.now),
      },
  },
  {
    name: "sluice_ledger_waiting",
    help: "Requests that wait for leave to be sent, in all processes.",
    read: ({ ledger }) => ledger?.waiting,
  },
  {
    name: "sluice_ledger_closed",
    help: "1 while the account has no free request within a minute, or is halted.",
    read: ({ ledger }) => ledger && bit(admit(ledger).kind !== "open"),
  },
  {
    name: "sluice_ledger_halted",
    help: "1 while the account is halted, until somebody resumes it.",
    read: ({ ledger }) => ledger && bit(ledger.halted !== null),
  },
];

/** Makes the gauges; returns what sets them. */
export function gaugesIn(registry: Registry): (facts: GaugeFacts) => void {
  const setters = GAUGES.map((spec) => setterOf(spec, registry));
  return (facts) => {
    for (const set of setters) set(facts);
  };
}

function setterOf({ name, help, label, read }: GaugeSpec, registry: Registry): (facts: GaugeFacts) => void {
  const labelNames = label === undefined ? [] : [label];
  const gauge = new Gauge({ name, help, labelNames, registers: [registry] });
  return (facts) => {
    const value = read(facts);
    if (label === undefined && typeof value === "number") return gauge.set(value);
    if (label === undefined) return gauge.remove();
    gauge.reset();
    for (const [key, number] of Object.entries(value ?? {})) gauge.set({ [label]: key }, number);
  };
}
