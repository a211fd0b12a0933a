import { isTraced } from "@sluice/core";
import type { Telemetry } from "bullmq";

/** What BullMQ is given so that it traces jobs; empty where no OpenTelemetry SDK is registered, and none is loaded then. */
export interface TraceSettings {
  telemetry?: Telemetry;
}

/** For the side that adds jobs, and for the side that processes them; asked for when each is opened. */
export async function traceJobs(): Promise<{ producer: TraceSettings; consumer: TraceSettings }> {
  if (!isTraced()) return { producer: {}, consumer: {} };
  const { jobTelemetry } = await import("./job-telemetry.ts");
  return {
    producer: { telemetry: jobTelemetry("producer") },
    consumer: { telemetry: jobTelemetry("consumer") },
  };
}
