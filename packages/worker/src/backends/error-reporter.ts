const QUIET_MS = 10_000;
const MAX_MESSAGES = 100;

/**
 * Wraps an error listener so that the same message is passed on at most once in ten seconds: a store that is away
 * produces one error per reconnect, and a log should stay readable through an outage.
 */
export function quietly(report: (error: unknown) => void, now: () => number = Date.now) {
  const reportedAt = new Map<string, number>();
  return (error: unknown): void => {
    const message = error instanceof Error ? error.message : String(error);
    const at = now();
    if (at - (reportedAt.get(message) ?? Number.NEGATIVE_INFINITY) < QUIET_MS) return;
    if (reportedAt.size >= MAX_MESSAGES) reportedAt.clear();
    reportedAt.set(message, at);
    report(error);
  };
}
