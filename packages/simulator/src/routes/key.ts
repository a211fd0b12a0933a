import { errorReply } from "../errors.ts";
import { json, type Reply } from "../reply.ts";
import type { Exchange } from "./route.ts";

/** `GET /key`: limits and use of the key. Costs no request of the quota. */
export function describeKey({ simulation, headers }: Exchange): Reply {
  if (simulation.accepts(headers.authorization)) return json({ data: simulation.keyData() });
  return errorReply({ status: 401, message: "No cookie auth credentials found" });
}
