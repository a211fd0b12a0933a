import {
  AccountHaltedError,
  type Clock,
  type Ledger,
  MINUTE_MS,
  SECOND_MS,
  type SluiceError,
} from "@sluice/core";
import type { Consumer } from "../backend/run-queue.ts";
import { type Admission, admit, admitAfterRefusal, type ClosedIntake, keptOf } from "./admit.ts";

/** How often to look whether the account has opened before its time: a person resumed it, or its limits rose. */
const LOOK_MS = MINUTE_MS;

/** How long after the stated time to look: by then nobody's idea of midnight is ahead of the server's. */
const MARGIN_MS = 1.5 * SECOND_MS;

/** What an intake is opened with. */
export interface IntakeOptions {
  /** Without a ledger the intake is always open. */
  ledger: Pick<Ledger, "status"> | undefined;
  clock: Clock;
  /** The account is closed to everybody. */
  onHalt(error: SluiceError): void;
  onError(error: unknown): void;
}

/**
 * Takes runs from the queue only while the account has a permit for them within a minute. While it has none the consumer
 * is paused: the runs stay queued in their order, and the store is asked for nothing. So runs wait too that could be
 * answered from the cache, or that ask no model: nobody knows that of a run that is not taken up.
 *
 * It learns that the account is closed from the ledger's status at the start, and from runs that are refused; that it is
 * open again from one look at the stated time, and one a minute before.
 */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #end = new AbortController();
  #consumer: Pick<Consumer, "pause" | "resume"> | undefined;
  #closed: ClosedIntake | null = null;
  /** From the last look at the ledger, by its clock, which need not be this machine's. */
  #opensInMs = LOOK_MS;
  #kept = 0;
  #isWatching = false;

  private constructor(options: IntakeOptions) {
    this.#options = options;
  }

  /** Looks at the ledger first, so that nothing is taken up that could not go on. */
  static async open(options: IntakeOptions): Promise<Intake> {
    const intake = new Intake(options);
    const status = await intake.#status();
    if (status) intake.#follow(admit(status), status.now);
    return intake;
  }

  /** Why nothing is taken now; null while runs are taken. */
  get closed(): ClosedIntake | null {
    return this.#closed;
  }

  /** From now on this consumer is paused and resumed. It was started paused if the intake is closed. */
  govern(consumer: Pick<Consumer, "pause" | "resume">): void {
    this.#consumer = consumer;
    if (this.#closed) this.#watch();
  }

  /** A run was refused a permit. Nothing more is taken until the ledger's status is known. */
  refused(refusal: ClosedIntake): void {
    if (!this.#options.ledger || this.#closed) return;
    this.#closed = refusal;
    this.#tell("pause");
    void this.#lookAfter(refusal);
  }

  /** Ends all looking. */
  close(): void {
    this.#end.abort();
  }

  async #lookAfter(refusal: ClosedIntake): Promise<void> {
    const status = await this.#status();
    if (status) {
      this.#kept = keptOf(status, refusal, this.#kept);
      this.#follow(admitAfterRefusal(status, refusal, this.#kept), status.now);
    }
    this.#watch();
  }

  /** Looks now and then until the account is open. */
  #watch(): void {
    if (this.#isWatching) return;
    this.#isWatching = true;
    void this.#untilOpen().finally(() => {
      this.#isWatching = false;
    });
  }

  async #untilOpen(): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#end;
    while (this.#closed && !signal.aborted) {
      await clock.sleep(Math.min(this.#opensInMs + MARGIN_MS, LOOK_MS), signal).catch(() => {});
      if (signal.aborted) return;
      const status = await this.#status();
      if (status) this.#follow(admit(status, this.#kept), status.now);
    }
  }

  #follow(admission: Admission, now: number): void {
    if (this.#end.signal.aborted) return;
    if (admission.kind === "halted") {
      this.#closed ??= { until: now + LOOK_MS, why: "halted" };
      this.#options.onHalt(new AccountHaltedError(admission.reason));
      return;
    }
    const wasClosed = this.#closed !== null;
    this.#closed = admission.kind === "closed" ? { until: admission.until, why: admission.why } : null;
    this.#opensInMs = this.#closed ? Math.max(0, this.#closed.until - now) : 0;
    if (wasClosed !== (this.#closed !== null)) this.#tell(this.#closed ? "pause" : "resume");
  }

  #tell(what: "pause" | "resume"): void {
    void this.#consumer?.[what]().catch(this.#options.onError);
  }

  async #status() {
    try {
      return await this.#options.ledger?.status();
    } catch (error) {
      this.#options.onError(error);
      return undefined;
    }
  }
}
