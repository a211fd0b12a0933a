import { DAY_MS } from "../shared/duration.ts";
import type { ChainDeps } from "./chain-deps.ts";

/** Nobody asks this model any more on this UTC day. */
export async function restForDay(id: string, { health }: Pick<ChainDeps, "health">): Promise<void> {
  const { now } = await health.read();
  await health.record(id, { type: "rest-until", until: (Math.floor(now / DAY_MS) + 1) * DAY_MS });
}

/**
 * A model costs something that was to be free: it rests for the day, so that whoever lets the account go on does not meet
 * it at once, and the catalogue is read anew. A store that is away keeps nobody from saying what happened.
 */
export async function distrustModel(id: string, deps: ChainDeps): Promise<void> {
  await restForDay(id, deps).catch(() => {});
  deps.onModelGone();
}
