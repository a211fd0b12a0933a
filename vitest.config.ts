import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/*/*.test.ts",
    ],
    globalSetup: ["test/redis-notice.ts", "test/store-folder.ts"],
    pool: "forks",
    // Tests wait for processes more than they compute: with two cores, two files at a time take two thirds of the time.
    maxWorkers: 2,
    testTimeout: 30_000,
    // The first file that needs an embedded store makes it, which a busy machine takes its time for.
    hookTimeout: 90_000,
    // A leaked API key or proxy of the developer must never reach a test.
    env: { OPENROUTER_API_KEY: "", OPENROUTER_BASE_URL: "", SLUICE_REDIS_URL: "", NO_COLOR: "1" },
  },
});
