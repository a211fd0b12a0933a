/**
 * Where every OpenTelemetry API of major version 1 keeps what was registered with it, so that several copies of it in
 * one process find each other. Nothing stands there in a process without an SDK, and then the API is not loaded either.
 */
const REGISTERED = Symbol.for("opentelemetry.js.api.1");

/** Whether an OpenTelemetry SDK is registered in this process. */
export function isTraced(): boolean {
  return REGISTERED in globalThis;
}
