import { foremost } from "./rest.ts";

/**
 * Does `count` pieces of work, at most `concurrency` at the same time, and gives their results in order.
 *
 * After a failure nothing new is begun, and what is at work is waited for: its requests are paid already, and its
 * outputs are recorded. Then what counts most of the failures is thrown; see {@link foremost}.
 */
export async function sideBySide<T>(
  { count, concurrency }: { count: number; concurrency: number },
  work: (index: number) => Promise<T>,
): Promise<T[]> {
  const results: T[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const lane = async () => {
    while (next < count && failures.length === 0) {
      const index = next++;
      try {
        results[index] = await work(index);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, lane));
  if (failures.length > 0) throw foremost(failures);
  return results;
}
