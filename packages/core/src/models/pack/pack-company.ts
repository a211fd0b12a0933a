import type { Clock } from "../../shared/clock.ts";

/** What is known when it is decided whether a request waits for more questions. */
export interface CompanyOutlook {
  /** Questions that wait now. */
  waiting: number;
  /** Questions that the next request may take. */
  size: number;
  /** Requests for several questions of the same kind that are under way. */
  underWay: number;
  /** Since the last of them was answered. */
  sinceAnswerMs: number;
  /** Since this wait began. */
  waitedMs: number;
}

/** Longest wait for company. An answer takes a model longer, and a request is a fiftieth of the day. */
const LONGEST_MS = 2_000;
/** Runs whose questions were answered together ask their next ones, or end and make room for others, within this time. */
const SETTLE_MS = 200;
/** How often to look. */
export const LOOK_MS = 25;

/**
 * Whether more questions are about to come: those of the runs that wait for an answer, or have just got one. Where none
 * was asked together with others lately, nobody is waited for.
 */
export function isCompanyExpected(outlook: CompanyOutlook): boolean {
  const { waiting, size, underWay, sinceAnswerMs, waitedMs } = outlook;
  if (waiting >= size || waitedMs >= LONGEST_MS) return false;
  return underWay > 0 || sinceAnswerMs < SETTLE_MS;
}

/** Requests for several questions by their key: how many are under way, and when the last was answered. */
export class PackCompany {
  readonly #clock: Clock;
  readonly #requests = new Map<string, { underWay: number; answeredAt: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A request is under way until `answer` settles. */
  async during(key: string, answer: Promise<void>): Promise<void> {
    this.#change(key, 1);
    await answer.finally(() => this.#change(key, -1));
  }

  /** Waits while company is expected; rejects with the signal's reason. */
  async wait(
    key: string,
    pool: { readonly size: number },
    options: { size: number; signal: AbortSignal },
  ): Promise<void> {
    const since = this.#clock.now();
    for (;;) {
      const now = this.#clock.now();
      const { underWay = 0, answeredAt = Number.NEGATIVE_INFINITY } = this.#requests.get(key) ?? {};
      const outlook = { waiting: pool.size, size: options.size, underWay };
      if (!isCompanyExpected({ ...outlook, sinceAnswerMs: now - answeredAt, waitedMs: now - since })) return;
      await this.#clock.sleep(LOOK_MS, options.signal);
    }
  }

  #change(key: string, by: 1 | -1): void {
    const now = this.#clock.now();
    for (const [other, { underWay, answeredAt }] of this.#requests) {
      if (underWay === 0 && now - answeredAt >= SETTLE_MS) this.#requests.delete(other);
    }
    const { underWay = 0, answeredAt = Number.NEGATIVE_INFINITY } = this.#requests.get(key) ?? {};
    this.#requests.set(key, { underWay: underWay + by, answeredAt: by < 0 ? now : answeredAt });
  }
}
