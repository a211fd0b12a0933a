import { spawnSync } from "node:child_process";

/** Says once, before all tests, what cannot be tested here. */
export default function setup(): void {
  if (spawnSync("openssl", ["version"]).status !== 0) {
    process.stderr.write("\n*** openssl is not on PATH: the tests of Redis over TLS are SKIPPED ***\n\n");
  }
  if (spawnSync("redis-server", ["--version"]).status === 0) return;
  if (process.env["SLUICE_TEST_REDIS"] === "required") {
    throw new Error("SLUICE_TEST_REDIS=required, but redis-server is not on PATH.");
  }
  process.stderr.write("\n*** redis-server is not on PATH: the tests that need Redis are SKIPPED ***\n\n");
}
