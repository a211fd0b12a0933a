/** Time runs ten times as fast as on OpenRouter: a minute is 6 s, and every other duration is scaled alike. */
export const SCALE = 10;

/** The load and the account, the same for everybody who is compared. */
export const settings = {
  processes: 16,
  /** Callers in each process; each asks its next question as soon as it has an answer. */
  callers: 2,
  perMinute: 20,
  minuteMs: 60_000 / SCALE,
  /** From a permit to the bytes' arrival: played before each request in the worker, 50–500 ms scaled. */
  wayMs: { min: 50 / SCALE, max: 500 / SCALE },
  /** How long a model takes to answer. */
  answerMs: { minMs: 20, maxMs: 200 },
  /** How long a caller whose question has failed waits before it asks the next one: ten seconds, scaled. */
  afterFailureMs: 10_000 / SCALE,
  /** The processes' clocks differ by up to this much, in milliseconds, on both sides. */
  skewMs: 2_000,
};

/** The ledger's own rules for OpenRouter, scaled. */
export const ledgerRules = {
  perMinute: settings.perMinute,
  perDay: 1_000_000,
  windowMs: 62_000 / SCALE,
  gapMs: 150 / SCALE,
  graceMs: 500 / SCALE,
};

/** The model everybody asks. */
export const MODEL = "openrouter/free";
