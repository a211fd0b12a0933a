import { openRouter, runPipeline } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in pipelines.d.mts.
import { type PipelineName, pipelines } from "./fixtures/pipelines.mjs";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in summaries.d.mts.
import { inputOf } from "./fixtures/summaries.mjs";

/** What documents come to where nothing fails, as JSON text by name. */
export async function referenceOutputs(
  documents: readonly string[],
  pipeline: PipelineName,
): Promise<Map<string, string>> {
  await using simulator = await startSimulator({ limits: { perMinute: 100_000, perDay: 100_000 } });
  const rules = { perMinute: 100_000, perDay: 100_000, gapMs: 0 };
  const models = openRouter({ apiKey: "reference", baseUrl: simulator.url, rules });
  const outputs = new Map<string, string>();
  for (const name of documents) {
    const { output } = await runPipeline(pipelines[pipeline], inputOf(name), { models });
    outputs.set(name, JSON.stringify(output));
  }
  return outputs;
}
