import type { StateCell } from "@sluice/core";
import type { ManualClock } from "@sluice/core/testing";
import type { Backend } from "@sluice/worker";

/** A backend whose store has the time of a clock that the test owns; all else is as it was. */
export function withStoreClock(backend: Backend, clock: ManualClock): Backend {
  return { ...backend, cell: (name) => timed(backend.cell(name), clock) };
}

function timed(cell: StateCell, clock: ManualClock): StateCell {
  return {
    read: async () => ({ ...(await cell.read()), now: clock.now() }),
    swap: (expected, next) => cell.swap(expected, next),
  };
}
