import { type Backend, queueStatus } from "@sluice/worker";
import { renderPauses } from "../render/queue.ts";
import type { Reporter } from "./reporter.ts";

/** How often to look, in milliseconds. */
const LOOK_MS = 1_000;

/**
 * Tells when the queue or a pipeline is paused, and when it goes on: a worker that takes nothing must not look as if it
 * hung.
 *
 * @returns what is to be called now and then.
 */
export function createPauseNotice(
  backend: Backend,
  reporter: Pick<Reporter, "say">,
  program: string,
): () => Promise<void> {
  let told = "";
  let lookAt = 0;
  return async () => {
    if (Date.now() < lookAt) return;
    lookAt = Date.now() + LOOK_MS;
    const notice = renderPauses(await queueStatus(backend), program);
    if (notice !== told) reporter.say(notice || "Nothing is paused any more.");
    told = notice;
  };
}
