import { subscribe } from "node:diagnostics_channel";
import { z } from "zod";

/**
 * The places at which a process can be made to fail, in the order in which a run passes them. Nothing happens there
 * unless {@link armFaultPoints} was called.
 *
 * - `beforeStore`, `stored`, `queued`: around the two writes of a chunk that is enqueued.
 * - `permit`: the ledger has granted, nothing is sent.
 * - `beforeSend`: the request has passed the gate; `headersSent`: it was handed to the network; `firstByte`: the reply
 *   has begun; `responseRead`: it was read to its end; `validated`: the answer was accepted.
 * - `checkpointed`: an output was recorded.
 * - `beforeComplete`, `afterComplete`: around the record of a run's end; its job is not finished at either.
 */
export const faultPoints = [
  "beforeStore",
  "stored",
  "queued",
  "permit",
  "beforeSend",
  "headersSent",
  "firstByte",
  "responseRead",
  "validated",
  "checkpointed",
  "beforeComplete",
  "afterComplete",
] as const;

/** One of {@link faultPoints}. */
export type FaultPoint = (typeof faultPoints)[number];

/** A fault that is to happen once. */
export interface ArmedFault {
  point: FaultPoint;
  /** At which passing of the point, from 1. */
  nth: number;
  /** A signal that the process sends itself, or how long it holds its event loop up. */
  action: NodeJS.Signals | { stallMs: number };
}

/** Set in a process that is to fail, and nowhere else. */
let onPassing: ((point: FaultPoint) => void) | undefined;

/** Passes a point: a place where product code may be made to fail. */
export function faultPoint(point: FaultPoint): void {
  onPassing?.(point);
}

/**
 * Makes this process fail at some points, for tests that kill real processes; replaces what was armed before.
 *
 * @param spec `point:nth:action`, several with commas; an action is `SIGKILL`, `SIGTERM`, `SIGSTOP` or `stall=MS`:
 *   `headersSent:3:SIGKILL,checkpointed:1:stall=4000`.
 * @throws RangeError when it is none.
 */
export function armFaultPoints(spec: string): void {
  const faults = spec.split(",").map(parseFault);
  const passed = new Map<FaultPoint, number>();
  onPassing = (point) => {
    const count = (passed.get(point) ?? 0) + 1;
    passed.set(point, count);
    for (const fault of faults) if (fault.point === point && fault.nth === count) act(fault);
  };
  if (faults.some(({ point }) => point === "headersSent")) watchRequests();
}

const FORM = /^([a-zA-Z]+):([1-9]\d*):(?:(SIGKILL|SIGTERM|SIGSTOP)|stall=(\d+))$/;

function parseFault(text: string): ArmedFault {
  const [, name, nth, signal, stallMs] = FORM.exec(text) ?? [];
  const point = faultPoints.find((known) => known === name);
  if (point === undefined) {
    throw new RangeError(
      `"${text}" is no fault: give point:nth:action, as in checkpointed:1:SIGKILL; points are ${faultPoints.join(", ")}, actions SIGKILL, SIGTERM, SIGSTOP and stall=MS.`,
    );
  }
  // The form above lets no other word through.
  const action = signal === undefined ? { stallMs: Number(stallMs) } : (signal as NodeJS.Signals);
  return { point, nth: Number(nth), action };
}

function act({ action }: ArmedFault): void {
  if (typeof action === "string") process.kill(process.pid, action);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, action.stallMs);
}

const sentSchema = z.object({ request: z.object({ path: z.string().endsWith("/chat/completions") }) });

/** Only Node's own fetch knows when a request has been handed to the network: it says so on a channel. */
function watchRequests(): void {
  subscribe("undici:request:bodySent", (message) => {
    if (sentSchema.safeParse(message).success) faultPoint("headersSent");
  });
}
