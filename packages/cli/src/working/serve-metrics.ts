import { SluiceError } from "@sluice/core";
import { type MetricsServer, startMetricsServer } from "@sluice/worker";
import type { Reporter } from "./reporter.ts";
import type { Session } from "./session.ts";

/**
 * Serves the metrics of the worker that is about to start, where somebody asks for them.
 *
 * @returns undefined when nobody does.
 * @throws SluiceError OPTION_INVALID when they cannot be served there, or there is a host and no port.
 */
export async function serveMetrics(
  { port, host }: { port: number | undefined; host: string | undefined },
  { backend, router }: Pick<Session, "backend" | "router">,
  { onError }: Pick<Reporter, "onError">,
): Promise<MetricsServer | undefined> {
  if (port !== undefined) {
    return startMetricsServer({ backend, ledger: router.ledger, port, host, onError });
  }
  if (host === undefined) return undefined;
  throw new SluiceError("OPTION_INVALID", {
    message: "--metrics-host needs a port: give one with --metrics-port or SLUICE_METRICS_PORT.",
    facts: { host },
  });
}

/** Where they are, and who reads them. */
export function renderMetricsPlace({ url, isLoopback }: Pick<MetricsServer, "url" | "isLoopback">): string {
  const readers = isLoopback
    ? "for this machine only"
    : "for whoever reaches that address, without authentication";
  return `Metrics at ${url}/metrics, ${readers}.`;
}
