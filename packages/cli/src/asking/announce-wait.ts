import type { OpenRouter } from "@sluice/core";
import { type Io, tell } from "../io.ts";
import { renderWait } from "../render/answer.ts";

/** Says what a person waits for, when the minute is full. */
export async function announceWait(router: OpenRouter, io: Pick<Io, "stderr">): Promise<void> {
  const wait = renderWait(await router.ledger.status());
  if (wait !== undefined) tell(io, wait);
}
