/**
 * Makes every pause of half a second or more in this process shorter by a factor: the pauses between LangChain's
 * retries are made for real minutes and are scaled like everything else.
 *
 * @param {number} factor
 */
export function hurryTimers(factor) {
  const realSetTimeout = globalThis.setTimeout;
  globalThis.setTimeout = Object.assign(
    (callback, ms = 0, ...args) => realSetTimeout(callback, ms >= 500 ? ms / factor : ms, ...args),
    realSetTimeout,
  );
}
