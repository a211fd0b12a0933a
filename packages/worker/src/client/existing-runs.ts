import type { AnyPipeline } from "@sluice/core";
import type { Backend } from "../backend/backend.ts";
import type { RunRecord } from "../backend/run-record.ts";
import { type EnqueueItem, inputKey } from "./new-run.ts";

/** An item, and the run that stands for it already. */
export interface KnownItem {
  item: EnqueueItem;
  /** Undefined when there is none: to enqueue the item makes a new run. */
  run: RunRecord | undefined;
}

/** Items looked up at a time. */
const CHUNK = 200;

/** Items looked up together hold no more than so many characters of text, about. */
const CHUNK_CHARACTERS = 4_000_000;

/**
 * Tells of each item whether a run stands for it, as {@link enqueue} would find it, in the order of the items. Reads
 * records only, in chunks: memory stays bounded.
 */
export async function* existingRuns(
  { runs }: Pick<Backend, "runs">,
  pipeline: AnyPipeline,
  items: AsyncIterable<EnqueueItem> | Iterable<EnqueueItem>,
): AsyncGenerator<KnownItem> {
  let chunk: EnqueueItem[] = [];
  let characters = 0;
  for await (const item of items) {
    chunk.push(item);
    characters += "input" in item ? sizeOf(item.input) : 0;
    if (chunk.length < CHUNK && characters < CHUNK_CHARACTERS) continue;
    yield* lookUp(runs, pipeline, chunk);
    chunk = [];
    characters = 0;
  }
  yield* lookUp(runs, pipeline, chunk);
}

async function* lookUp(
  runs: Backend["runs"],
  pipeline: AnyPipeline,
  items: readonly EnqueueItem[],
): AsyncGenerator<KnownItem> {
  const keys = items.map((item) => ("input" in item ? inputKey(item, pipeline) : ""));
  const ids = await runs.findByInputKeys([...new Set(keys.filter((key) => key !== ""))]);
  const records = new Map((await runs.getMany([...ids.values()])).map((run) => [run.id, run]));
  for (const [index, item] of items.entries()) {
    const run = records.get(ids.get(keys[index] ?? "") ?? "");
    // A run that failed or was cancelled is made again.
    const stands = run && run.status !== "failed" && run.status !== "cancelled";
    yield { item, run: stands ? run : undefined };
  }
}

function sizeOf(input: unknown): number {
  const text: unknown =
    typeof input === "object" && input !== null && "text" in input ? input.text : undefined;
  return typeof text === "string" ? text.length : 0;
}
