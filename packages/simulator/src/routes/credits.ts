import { missingKeyReply } from "../errors.ts";
import { json, type Reply } from "../reply.ts";
import type { Exchange } from "./route.ts";

/** `GET /credits`: credits ever bought and money spent, in USD. Any accepted key may ask. */
export function describeCredits({ simulation, headers }: Exchange): Reply {
  const { account } = simulation;
  if (!simulation.accepts(headers.authorization)) return missingKeyReply();
  return json({ data: { total_credits: account.creditsUsd(), total_usage: account.spentUsd() } });
}
