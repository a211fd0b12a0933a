import {
  type Arrival,
  charge,
  type LimitHit,
  type Limits,
  NO_USAGE,
  type Usage,
  usedToday,
} from "./limits.ts";

/** What an account had used at some moment. */
interface Statement {
  /** Epoch ms. */
  at: number;
  usage: Usage;
  spentUsd: number;
}

/** What `GET /key` and `GET /credits` know about an account. */
export interface AccountView {
  usedToday: number;
  spentUsd: number;
}

interface AccountOptions {
  limits: Limits;
  /** USD spent before the simulator started. */
  spentUsd: number;
  /** Credits ever bought; null lets the account spend without ever being in debt. */
  creditsUsd: number | null;
  /** How old the statements are that `viewAt` gives, in milliseconds. */
  lagMs: number;
}

/** The account behind all keys: its quota of free requests and its money. */
export class Account {
  readonly limits: Limits;
  readonly #creditsUsd: number | null;
  readonly #lagMs: number;
  /** Statements by time: the last one that is older than the lag, and all after it. */
  #statements: Statement[];

  constructor({ limits, spentUsd, creditsUsd, lagMs }: AccountOptions) {
    this.limits = limits;
    this.#creditsUsd = creditsUsd;
    this.#lagMs = lagMs;
    this.#statements = [{ at: Number.NEGATIVE_INFINITY, usage: NO_USAGE, spentUsd }];
  }

  /** Counts one request. */
  charge(arrival: Arrival): LimitHit | null {
    const { usage, hit } = charge(this.#now().usage, this.limits, arrival);
    this.#record({ ...this.#now(), at: arrival.at, usage });
    return hit;
  }

  /** Adds money to the bill. */
  bill(usd: number, at: number): void {
    this.#record({ ...this.#now(), at, spentUsd: this.#now().spentUsd + usd });
  }

  /** Requests counted today. */
  usedToday(now: number): number {
    return usedToday(this.#now().usage, this.limits, now);
  }

  /** Credits left in USD: negative in debt, 0 on an account that never bought any. */
  balanceUsd(): number {
    return this.#creditsUsd === null ? 0 : this.#creditsUsd - this.#now().spentUsd;
  }

  /** Credits ever bought in USD; on an account without any, what was spent. */
  creditsUsd(): number {
    return this.#creditsUsd ?? this.#now().spentUsd;
  }

  /** USD spent so far. */
  spentUsd(): number {
    return this.#now().spentUsd;
  }

  /** The account as others are told of it: as it was one lag ago. */
  viewAt(now: number): AccountView {
    const then = now - this.#lagMs;
    const statement = this.#statements.findLast(({ at }) => at <= then) ?? this.#now();
    return { usedToday: usedToday(statement.usage, this.limits, then), spentUsd: statement.spentUsd };
  }

  #now(): Statement {
    const statement = this.#statements.at(-1);
    if (statement === undefined) throw new Error("An account has at least its opening statement.");
    return statement;
  }

  #record(statement: Statement): void {
    const then = statement.at - this.#lagMs;
    const firstNeeded = this.#statements.findLastIndex(({ at }) => at <= then);
    this.#statements = [...this.#statements.slice(Math.max(0, firstNeeded)), statement];
  }
}
