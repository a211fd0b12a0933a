import type { IncomingMessage, ServerResponse } from "node:http";
import type { Ledger } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { WorkerObserver } from "../worker/worker-observer.ts";
import { decideRequest, pages } from "./decide-request.ts";
import { listen } from "./http-listener.ts";
import { type PageAnswer, PageDesk } from "./page-desk.ts";

/** What {@link startMetricsServer} is started with. */
export interface MetricsServerOptions {
  /** Where runs are counted. */
  backend: Backend;
  /** The ledger whose state is shown; default none. */
  ledger?: Pick<Ledger, "status"> | undefined;
  /** TCP port; 0 takes a free one. */
  port: number;
  /**
   * Address to listen on; default `127.0.0.1`, which only this machine reaches. Nobody is asked who he is: give another
   * one only where none but the scraper reaches it.
   */
  host?: string | undefined;
  /** Hears of what went wrong with the server, which is the worker's business in nothing. Default: nobody. */
  onError?: ((error: unknown) => void) | undefined;
}

/** Shows one worker to Prometheus, and to whoever looks whether it lives. */
export interface MetricsServer extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:9464`. */
  readonly url: string;
  /** Whether only this machine reaches it. */
  readonly isLoopback: boolean;
  /** To be given to the worker. Until it has started the server says that it is not ready. */
  readonly observer: WorkerObserver;
  /** Resolves within about a second. */
  close(): Promise<void>;
}

/**
 * Serves `/metrics` for Prometheus, `/healthz` (the process lives) and `/readyz` (the worker takes runs, or would). To
 * be started before the worker, and closed after it.
 *
 * @throws SluiceError OPTION_INVALID when it cannot listen there.
 */
export async function startMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const { backend, ledger, port, host = "127.0.0.1", onError = () => {} } = options;
  const { createMetrics } = await import("./metrics.ts");
  const metrics = createMetrics();
  const desk = new PageDesk({ metrics, backend, ledger });
  const listener = await listen(
    { port, host },
    {
      onError,
      answer: (request, response, isLoopback) => {
        void answer(request, response, { desk, isLoopback }).catch((error: unknown) => {
          onError(error);
          send(response, { status: 500, type: TEXT, body: "This page could not be made.\n" });
        });
      },
    },
  );
  const close = () => listener.close();
  return {
    url: listener.url,
    isLoopback: listener.isLoopback,
    observer: { onStart: (worker) => desk.show(worker), eventsOf: metrics.eventsOf },
    close,
    [Symbol.asyncDispose]: close,
  };
}

const TEXT = "text/plain; charset=utf-8";

const REFUSALS: Readonly<Record<403 | 404 | 405, string>> = {
  403: "This name is none of this machine's.\n",
  404: `There are ${pages.join(", ")}.\n`,
  405: "Only GET and HEAD.\n",
};

async function answer(
  { method, url, headers }: IncomingMessage,
  response: ServerResponse,
  { desk, isLoopback }: { desk: PageDesk; isLoopback: boolean },
): Promise<void> {
  const decision = decideRequest({ method, url, host: headers.host }, isLoopback);
  if ("page" in decision) return send(response, await desk.page(decision.page));
  const status = decision.refused;
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  // What may follow as its body is not read.
  response.setHeader("connection", "close");
  send(response, { status, type: TEXT, body: REFUSALS[status] });
}

function send(response: ServerResponse, { status, type, body }: PageAnswer): void {
  response.writeHead(status, {
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  response.end(body);
}
