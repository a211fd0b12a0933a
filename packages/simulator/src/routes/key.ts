import { missingKeyReply } from "../errors.ts";
import { keyData } from "../key-data.ts";
import { json, type Reply } from "../reply.ts";
import type { Exchange } from "./route.ts";

/** `GET /key`: limits and use of the key, as old as the simulator's lag. Costs no request of the quota. */
export function describeKey({ simulation, headers }: Exchange): Reply {
  const { account, keyUsage } = simulation;
  if (!simulation.accepts(headers.authorization)) return missingKeyReply();
  return json({ data: keyData(account.viewAt(simulation.now()), account.limits.perDay, keyUsage) });
}
