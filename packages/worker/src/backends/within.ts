import { setTimeout as sleep } from "node:timers/promises";

/** Resolves when the work does, whatever it comes to, or after `ms`. */
export async function within(work: Promise<unknown>, ms: number): Promise<void> {
  const timer = new AbortController();
  const timeout = sleep(ms, undefined, { signal: timer.signal }).catch(() => {});
  await Promise.race([work.catch(() => {}), timeout]);
  timer.abort();
}
