/**
 * The keys of one installation. All carry the hash tag `{prefix}`, so that scripts over several keys also run on a
 * cluster, where one tag is one slot.
 */
export interface RedisKeys {
  /** `{sluice}`, also the prefix of BullMQ's own keys. */
  readonly root: string;
  /** Number of the form in which all of this is written; see `redis-schema.ts`. */
  readonly schema: string;
  /** Record of a run, JSON text. */
  run(id: string): string;
  input(runId: string): string;
  output(runId: string): string;
  /** Record of a batch, JSON text. */
  batch(id: string): string;
  /** Sorted set of a batch's run ids; the score is the place in the batch. */
  batchRuns(id: string): string;
  /** Hash: number of a batch's runs by status. */
  batchCounts(id: string): string;
  /** Set of the batches that a run joined, besides the one in which it was new. */
  joined(runId: string): string;
  /** Hash: input key to `<status> <run id>` of the run that stands for it. */
  readonly inputKeys: string;
  /** Hash: run id to when the run was finished whose result was exported. */
  readonly exported: string;
  /** Sorted set of batch ids; the score is the time of creation. */
  readonly batches: string;
  /** Sorted sets of all ids with one score, to be searched by prefix. */
  readonly runIds: string;
  readonly batchIds: string;
  /** Hash: step path to sealed output. */
  checkpoints(runId: string): string;
  /** Stream: what happens to runs. */
  readonly events: string;
  cached(key: string): string;
  /** Until when somebody buys this answer, epoch milliseconds. */
  claim(key: string): string;
  /** Shared state by name, JSON text. */
  cell(name: string): string;
}

/** The keys under one prefix. */
export function redisKeys(prefix: string): RedisKeys {
  const root = `{${prefix}}`;
  return {
    root,
    schema: `${root}:schema`,
    run: (id) => `${root}:run:${id}`,
    input: (runId) => `${root}:input:${runId}`,
    output: (runId) => `${root}:output:${runId}`,
    batch: (id) => `${root}:batch:${id}`,
    batchRuns: (id) => `${root}:batch-runs:${id}`,
    batchCounts: (id) => `${root}:batch-counts:${id}`,
    joined: (runId) => `${root}:joined:${runId}`,
    inputKeys: `${root}:input-keys`,
    exported: `${root}:exported`,
    batches: `${root}:batches`,
    runIds: `${root}:ids:runs`,
    batchIds: `${root}:ids:batches`,
    checkpoints: (runId) => `${root}:checkpoints:${runId}`,
    events: `${root}:events`,
    cached: (key) => `${root}:cache:${key}`,
    claim: (key) => `${root}:claim:${key}`,
    cell: (name) => `${root}:cell:${name}`,
  };
}
