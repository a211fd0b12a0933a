import { ParkError } from "./quota-errors.ts";
import { SluiceError } from "./sluice-error.ts";

/** A step of the run sleeps until `until`. */
export class SleepingError extends ParkError {
  override readonly name = "SleepingError";

  constructor(step: string, until: number) {
    super("SLEEPING", {
      message: `Step "${step}" sleeps until ${new Date(until).toISOString()}; the run goes on then by itself.`,
      facts: { step },
      until,
      why: "sleep",
    });
  }
}

/** A step of the run waits for a person's decision. */
export class WaitingError extends SluiceError {
  override readonly name = "WaitingError";
  /** The path of the step that waits. */
  readonly step: string;
  /** What the person is asked. */
  readonly question: string;
  /** Epoch milliseconds at which the step decides by itself; null when it waits for ever. */
  readonly until: number | null;

  constructor(wait: { step: string; question: string; until: number | null }) {
    const end = wait.until === null ? "" : ` until ${new Date(wait.until).toISOString()}`;
    super("WAITING", {
      message: `Step "${wait.step}" waits for a decision${end}; give it with \`sluice approve\` or \`decide()\`.`,
      facts: { step: wait.step, until: wait.until },
    });
    this.step = wait.step;
    this.question = wait.question;
    this.until = wait.until;
  }
}
