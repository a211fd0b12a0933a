import { z } from "zod";
import type { Backend } from "./backend.ts";
import { changeCell } from "./change-cell.ts";
import { parseState } from "./stored-state.ts";

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
const WHAT = "The list of paused pipelines";

/** The pipelines that are paused now, for all workers on this backend. */
export async function readPaused(backend: Pick<Backend, "cell">): Promise<readonly PausedPipeline[]> {
  return parsePauses((await backend.cell(CELL).read()).text);
}

/**
 * Changes which pipelines are paused; `change` may be called more than once.
 *
 * @returns whether it changed anything.
 */
export function changePaused(
  backend: Pick<Backend, "cell">,
  change: (paused: readonly PausedPipeline[], now: number) => readonly PausedPipeline[],
): Promise<boolean> {
  return changeCell(backend.cell(CELL), WHAT, (text, now) => {
    const before = parsePauses(text);
    const pipelines = change(before, now);
    return pipelines === before ? null : JSON.stringify({ pipelines });
  });
}

function parsePauses(text: string | null): readonly PausedPipeline[] {
  return text === null ? [] : parseState(text, pausesSchema, WHAT).pipelines;
}
