/**
 * What was read lately, by all who ask at about the same time: one reading serves everybody until it is `maxAgeMs` old.
 * A reading that fails serves only those who wait for it.
 */
export function recent<T>(read: () => Promise<T>, maxAgeMs: number): () => Promise<T> {
  let reading: Promise<T> | undefined;
  let startedAt = Number.NEGATIVE_INFINITY;
  return () => {
    // Real time, whatever clock the runs go by: it is about load.
    const now = performance.now();
    if (reading && now - startedAt <= maxAgeMs) return reading;
    startedAt = now;
    const current = read();
    reading = current;
    current.catch(() => {
      if (reading === current) reading = undefined;
    });
    return current;
  };
}
