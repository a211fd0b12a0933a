import { SluiceError } from "./sluice-error.ts";

/** Why the ledger gives no permit now: the minute window, the spent day, or a hold the server asked for. */
export type ClosedReason = "minute" | "day" | "hold";

/** No permit before `until`: the caller parks its run instead of waiting in place. */
export class QuotaClosedError extends SluiceError {
  override readonly name = "QuotaClosedError";
  /** Epoch milliseconds at which a permit is expected. */
  readonly until: number;
  readonly reason: ClosedReason;

  constructor(until: number, reason: ClosedReason) {
    const what =
      reason === "day"
        ? "The account's free requests of this UTC day are spent"
        : "The account's minute window is full";
    super("QUOTA_CLOSED", {
      message: `${what}; the next one can be sent at ${new Date(until).toISOString()}. Runs park until then by themselves.`,
      facts: { until, reason },
    });
    this.until = until;
    this.reason = reason;
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
