import type { AddressInfo } from "node:net";
import type { CatalogueModel, Pricing } from "./catalogue.ts";
import type { Fault } from "./faults.ts";
import type { Journal } from "./journal.ts";
import type { SimulatorOptions } from "./options.ts";
import { createSimulatorServer } from "./server.ts";
import { Simulation } from "./simulation.ts";

/** A running simulator. `await using` closes it. */
export interface Simulator extends AsyncDisposable {
  /** Base URL of the API: `http://127.0.0.1:PORT/api/v1`. */
  readonly url: string;
  /** Base URL of the control surface for other processes: `http://127.0.0.1:PORT/_simulator`. */
  readonly controlUrl: string;
  /** All requests to the API, in order of arrival. */
  readonly journal: Journal;
  /** Queues one-shot faults, first in first out, for a model id or for any model (`*`). */
  script(target: string, ...faults: Fault[]): void;
  /** Replaces the models that are served. */
  setCatalogue(models: CatalogueModel[]): void;
  /**
   * Changes a model's price at once. `/models` goes on showing the old one for `staleListingMs` milliseconds
   * of the server's clock (default 0). Throws when there is no such model.
   */
  setPrice(model: string, pricing: Pricing, staleListingMs?: number): void;
  /** Another program spends requests of the account now. They are counted, but not in the journal. */
  otherUsage(requests: number): void;
  /** Moves the server's clock forward, in milliseconds. */
  advanceClock(ms: number): void;
  /** Disables a key: from now on it is refused with 401. */
  disableKey(key: string): void;
  /** Requests counted against the daily quota so far. */
  usedToday(): number;
  /** Throws an Error that lists every queued fault which no request has met. */
  assertScriptsSpent(): void;
  /** Stops listening and drops open connections. May be called twice. */
  close(): Promise<void>;
}

/**
 * Starts a simulator of OpenRouter's API on 127.0.0.1.
 *
 * Rejects when the port is taken or a scripted fault is malformed.
 */
export async function startSimulator(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulation = new Simulation(options);
  const server = createSimulatorServer(simulation);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(options.port ?? 0, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${portOf(server.address())}`;
  const close = async () => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  return {
    url: `${origin}/api/v1`,
    controlUrl: `${origin}/_simulator`,
    journal: simulation.journal,
    script: (target, ...faults) => simulation.script.add(target, faults),
    setCatalogue: (models) => simulation.listing.replace(models),
    setPrice: (model, pricing, staleListingMs = 0) =>
      simulation.listing.setPrice(model, pricing, simulation.now() + staleListingMs),
    otherUsage: (requests) => simulation.otherUsage(requests),
    advanceClock: (ms) => simulation.advanceClock(ms),
    disableKey: (key) => simulation.disableKey(key),
    usedToday: () => simulation.usedToday(),
    assertScriptsSpent: () => assertSpent(simulation.script.unspent()),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === "string") throw new Error("The simulator has no TCP address.");
  return address.port;
}

function assertSpent(unspent: readonly string[]): void {
  if (unspent.length === 0) return;
  throw new Error(
    `Scripted faults were never used (${unspent.join(", ")}). Send a request that meets them, or remove them.`,
  );
}
