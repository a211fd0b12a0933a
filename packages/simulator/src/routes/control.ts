import { z } from "zod";
import { errorReply } from "../errors.ts";
import { faultSchema } from "../faults.ts";
import { json, type Reply } from "../reply.ts";
import type { Exchange } from "./route.ts";

const scriptBody = z.strictObject({ target: z.string().min(1), faults: z.array(faultSchema).min(1) });

const clockBody = z.strictObject({ advanceMs: z.number().nonnegative() });

const usageBody = z.strictObject({ requests: z.int().positive() });

/** `GET /_simulator/health`: answers as soon as the simulator does. */
export function health({ simulation }: Exchange): Reply {
  return json({ ok: true, requests: simulation.journal.length, usedToday: simulation.usedToday() });
}

/** `GET /_simulator/journal`: every request to the API so far (the control surface is not journaled). */
export function readJournal({ simulation }: Exchange): Reply {
  return json({ data: simulation.journal });
}

/** `POST /_simulator/script` with `{target, faults}`: queues faults from another process. */
export function queueFaults({ simulation, body }: Exchange): Reply {
  const parsed = scriptBody.safeParse(body);
  if (!parsed.success) return errorReply({ status: 400, message: z.prettifyError(parsed.error) });
  simulation.script.add(parsed.data.target, parsed.data.faults);
  return json({ queued: parsed.data.faults.length });
}

/** `POST /_simulator/clock` with `{advanceMs}`: moves the server's clock forward. */
export function advanceClock({ simulation, body }: Exchange): Reply {
  const parsed = clockBody.safeParse(body);
  if (!parsed.success) return errorReply({ status: 400, message: z.prettifyError(parsed.error) });
  simulation.advanceClock(parsed.data.advanceMs);
  return json({ now: simulation.now() });
}

/** `POST /_simulator/usage` with `{requests}`: another program spends requests of the account. */
export function addUsage({ simulation, body }: Exchange): Reply {
  const parsed = usageBody.safeParse(body);
  if (!parsed.success) return errorReply({ status: 400, message: z.prettifyError(parsed.error) });
  simulation.otherUsage(parsed.data.requests);
  return json({ usedToday: simulation.usedToday() });
}
