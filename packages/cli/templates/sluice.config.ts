import { defineConfig } from "@sluice/core";
import { letters } from "./pipeline.ts";

export default defineConfig({
  pipelines: [letters],
  // Without OPENROUTER_API_KEY the offline simulator answers, so that you can look around first.
  simulate: "without-key",
});
