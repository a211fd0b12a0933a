/** For tests of one's own backends, caches and clocks: conformance suites and a clock by hand. */

export { type ResponseCacheFixture, responseCacheTestsuite } from "./cache/response-cache.testsuite.ts";
export {
  type CheckpointStoreFixture,
  checkpointStoreTestsuite,
} from "./checkpoints/checkpoint-store.testsuite.ts";
export { type LedgerFixture, ledgerTestsuite } from "./quota/ledger.testsuite.ts";
export { ManualClock } from "./shared/manual-clock.ts";
