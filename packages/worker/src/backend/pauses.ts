import { parseJson, SluiceError } from "@sluice/core";
import { z } from "zod";
import type { Backend } from "./backend.ts";

/** A pipeline none of whose runs is begun or taken up. */
export interface PausedPipeline {
  name: string;
  /** Epoch milliseconds. */
  since: number;
}

const pausesSchema = z.object({
  pipelines: z.array(z.object({ name: z.string(), since: z.number() })),
});

/** Why a run rests whose pipeline is paused, as its record says it. */
export const PAUSED = "paused";

const CELL = "pauses";
/** More lost races than this on one change mean that the store does not compare and set. */
const MAX_RACES = 100;

/** The pipelines that are paused now, for all workers on this backend. */
export async function readPaused(backend: Pick<Backend, "cell">): Promise<readonly PausedPipeline[]> {
  return parsePauses((await backend.cell(CELL).read()).text);
}

/**
 * Changes which pipelines are paused; `change` may be called more than once.
 *
 * @returns whether it changed anything.
 */
export async function changePaused(
  backend: Pick<Backend, "cell">,
  change: (paused: readonly PausedPipeline[], now: number) => readonly PausedPipeline[],
): Promise<boolean> {
  const pauses = backend.cell(CELL);
  for (let race = 0; race < MAX_RACES; race++) {
    const { text, now } = await pauses.read();
    const before = parsePauses(text);
    const pipelines = change(before, now);
    if (pipelines === before) return false;
    if (await pauses.swap(text, JSON.stringify({ pipelines }))) return true;
  }
  throw new SluiceError("INTERNAL", {
    message: `The list of paused pipelines changed ${MAX_RACES} times while it was to be changed; it stays as it is.`,
  });
}

function parsePauses(text: string | null): readonly PausedPipeline[] {
  if (text === null) return [];
  const parsed = pausesSchema.safeParse(parseJson(text));
  if (parsed.success) return parsed.data.pipelines;
  throw new SluiceError("STATE_INVALID", {
    message:
      "The list of paused pipelines in the store is damaged or written by another version of Sluice. Stop older workers, or use another store.",
    cause: parsed.error,
  });
}
