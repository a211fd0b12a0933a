import { z } from "zod";
import type { Backend } from "../backend/backend.ts";
import { changeCell } from "../backend/change-cell.ts";
import { parseState } from "../backend/stored-state.ts";
import { type Schedule, scheduleSchema } from "./schedule.ts";

const CELL = "schedules";
const WHAT = "The list of schedules";
const listSchema = z.object({ schedules: z.array(scheduleSchema) });

/** All schedules in the order in which they were added, and the store's time; one read. */
export async function readSchedules(
  backend: Pick<Backend, "cell">,
): Promise<{ schedules: readonly Schedule[]; now: number }> {
  const { text, now } = await backend.cell(CELL).read();
  return { schedules: parseSchedules(text), now };
}

/**
 * Changes the list of schedules; `change` gives the same list to leave it, and may be called more than once.
 *
 * @returns whether it changed anything.
 */
export function changeSchedules(
  backend: Pick<Backend, "cell">,
  change: (schedules: readonly Schedule[], now: number) => readonly Schedule[],
): Promise<boolean> {
  return changeCell(backend.cell(CELL), WHAT, (text, now) => {
    const before = parseSchedules(text);
    const schedules = change(before, now);
    return schedules === before ? null : JSON.stringify({ schedules });
  });
}

/**
 * Changes one schedule; `change` gives null to leave it, and may be called more than once.
 *
 * @returns the schedule as it is now; undefined when it was left, or there is none of this name.
 */
export async function changeSchedule(
  backend: Pick<Backend, "cell">,
  name: string,
  change: (schedule: Schedule, now: number) => Schedule | null,
): Promise<Schedule | undefined> {
  let changed: Schedule | undefined;
  const isChanged = await changeSchedules(backend, (schedules, now) => {
    const present = schedules.find((one) => one.name === name);
    const next = present ? change(present, now) : null;
    if (!next) return schedules;
    changed = next;
    return schedules.map((one) => (one.name === name ? next : one));
  });
  return isChanged ? changed : undefined;
}

function parseSchedules(text: string | null): readonly Schedule[] {
  return text === null ? [] : parseState(text, listSchema, WHAT).schedules;
}
