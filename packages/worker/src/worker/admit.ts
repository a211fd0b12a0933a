import { type LedgerStatus, MINUTE_MS } from "@sluice/core";

/** Why a worker takes no runs, and until when. */
export interface ClosedIntake {
  /** Epoch milliseconds of the ledger's clock. */
  until: number;
  /** As with a parked run: `day`, `minute`, `hold`. */
  why: string;
}

/** Whether a worker takes runs from the queue. */
export type Admission =
  | { kind: "open" }
  | ({ kind: "closed" } & ClosedIntake)
  /** The account is closed to everybody until a person resumes it. */
  | { kind: "halted"; reason: string };

/** A run waits this long in place for a permit: nobody is kept out for less. */
const WAIT_MS = MINUTE_MS;

/** For how long nothing is taken after a refusal that the ledger's status does not explain. */
const UNEXPLAINED_MS = MINUTE_MS;

/**
 * Lets runs in while the ledger gives a permit within a minute.
 *
 * @param kept requests of the day that runs cannot have, because they are kept for people; see {@link keptOf}.
 */
export function admit(status: LedgerStatus, kept = 0): Admission {
  const { now, halted, usedToday, perDay, usedInWindow, perMinute, nextSlotAt, dayEndsAt } = status;
  if (halted !== null) return { kind: "halted", reason: halted };
  if (usedToday + kept >= perDay) return { kind: "closed", until: dayEndsAt, why: "day" };
  if (nextSlotAt <= now + WAIT_MS) return { kind: "open" };
  const why = usedInWindow >= perMinute ? "minute" : "hold";
  return { kind: "closed", until: nextSlotAt - WAIT_MS, why };
}

/** What is known after a run was refused: the run's own time, which may lie behind many others', is no use here. */
export function admitAfterRefusal(status: LedgerStatus, refusal: ClosedIntake, kept: number): Admission {
  const admission = admit(status, kept);
  if (admission.kind !== "open" || refusal.why !== "day") return admission;
  return { kind: "closed", until: status.now + UNEXPLAINED_MS, why: refusal.why };
}

/**
 * How many requests of the day are kept for people: as many as were left when a run was refused for the day. The status
 * does not tell it. A refusal of the day before, or early in a day, has another reason.
 */
export function keptOf(status: LedgerStatus, refusal: ClosedIntake, before: number): number {
  const left = Math.max(0, status.perDay - status.usedToday);
  const isOfToday = refusal.why === "day" && refusal.until >= status.dayEndsAt;
  return isOfToday && left <= status.usedToday ? left : before;
}
