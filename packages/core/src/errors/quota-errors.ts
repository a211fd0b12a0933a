import { SluiceError, type SluiceErrorInit } from "./sluice-error.ts";

/** Why the ledger gives no permit now: the minute window, the spent day, or a hold the server asked for. */
export type ClosedReason = "minute" | "day" | "hold";

/** Nothing can be done before `until`: the caller parks its run instead of waiting in place. */
export class ParkError extends SluiceError {
  override readonly name: string = "ParkError";
  /** Epoch milliseconds at which it is worth coming back. */
  readonly until: number;
  /** A word or two for people and lists: `minute`, `day`, `hold`, `models cooling`, `sleep`. */
  readonly why: string;

  constructor(
    code: "QUOTA_CLOSED" | "MODELS_COOLING" | "SLEEPING",
    init: SluiceErrorInit & { until: number; why: string },
  ) {
    super(code, { ...init, facts: { ...init.facts, until: init.until, why: init.why } });
    this.until = init.until;
    this.why = init.why;
  }
}

/** The ledger gives no permit before `until`. */
export class QuotaClosedError extends ParkError {
  override readonly name = "QuotaClosedError";
  readonly reason: ClosedReason;

  constructor(until: number, reason: ClosedReason) {
    super("QUOTA_CLOSED", {
      message: `${closedBecause[reason]}; the next request can be sent at ${new Date(until).toISOString()}. Runs park until then by themselves.`,
      until,
      why: reason,
    });
    this.reason = reason;
  }
}

const closedBecause: Record<ClosedReason, string> = {
  day: "The account's free requests of this UTC day are spent",
  minute: "The account's minute window is full",
  hold: "The server asked the account to hold",
};

/** Every model that fits is cooling down after failures; the first one is tried again at `until`. */
export class ModelsCoolingError extends ParkError {
  override readonly name = "ModelsCoolingError";

  constructor(until: number, init: { candidates: readonly string[]; cause: unknown }) {
    super("MODELS_COOLING", {
      message: `All ${init.candidates.length} free models that fit are busy; the first is tried again at ${new Date(until).toISOString()}.`,
      facts: { candidates: init.candidates },
      cause: init.cause,
      until,
      why: "models cooling",
    });
  }
}

/** The account is halted: nothing is sent by any process until a person resumes it. */
export class AccountHaltedError extends SluiceError {
  override readonly name = "AccountHaltedError";

  constructor(reason: string) {
    super("ACCOUNT_HALTED", {
      message: `Requests are halted for this account: ${reason}. Look into it, then run \`sluice quota resume\`.`,
      facts: { reason },
    });
  }
}
