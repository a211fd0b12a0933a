/**
 * Stores a batch and some of its runs; what exists already stays as it is. One statement, so all or nothing.
 *
 * $1 batch id · $2 batch record · $3 created at · then arrays over the runs: $4 ids · $5 statuses · $6 records ·
 * $7 inputs (empty for none)
 */
export const createRunsSql = `
WITH batch AS (
  INSERT INTO sluice.batches (id, record, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
), created AS (
  INSERT INTO sluice.runs (id, batch_id, place, status, record, input)
  SELECT id, $1, ordinality + (SELECT coalesce(max(place), 0) FROM sluice.runs WHERE batch_id = $1),
         status, record, nullif(input, '')
  FROM unnest($4::text[], $5::text[], $6::text[], $7::text[]) WITH ORDINALITY
    AS new (id, status, record, input, ordinality)
  ON CONFLICT DO NOTHING
  RETURNING status
)
INSERT INTO sluice.counts AS present (batch_id, status, number)
SELECT $1, status, count(*) FROM created GROUP BY status
ON CONFLICT (batch_id, status) DO UPDATE SET number = present.number + excluded.number`;

/**
 * Replaces a run's record if it is still the expected one, stores the output and moves the batch's counts.
 *
 * $1 run id · $2 expected record · $3 next record · $4 old status · $5 new status · $6 output (null for none).
 * Returns the run's id when it replaced the record, no row when somebody was faster.
 */
export const updateRunSql = `
WITH changed AS (
  UPDATE sluice.runs SET record = $3, status = $5, output = coalesce($6, output)
  WHERE id = $1 AND record = $2
  RETURNING id, batch_id
), moved AS (
  INSERT INTO sluice.counts AS present (batch_id, status, number)
  SELECT batch_id, side.status, side.step
  FROM changed, (VALUES ($4::text, -1), ($5::text, 1)) AS side (status, step)
  WHERE $4::text <> $5::text
  ON CONFLICT (batch_id, status) DO UPDATE SET number = present.number + excluded.number
)
SELECT id FROM changed`;

/** $1 batch id · $2 last place read · $3 wanted statuses, or null for all · $4 page size */
export const pageOfRunsSql = `
SELECT record, place FROM sluice.runs
WHERE batch_id = $1 AND place > $2 AND ($3::text[] IS NULL OR status = ANY ($3::text[]))
ORDER BY place LIMIT $4`;

/** Ids of the batches that have a run of the wanted statuses ($1, or null for all). */
export const listBatchIdsSql = `
SELECT id FROM sluice.batches
WHERE $1::text[] IS NULL OR EXISTS (
  SELECT FROM sluice.counts
  WHERE counts.batch_id = batches.id AND counts.status = ANY ($1::text[]) AND counts.number > 0)
ORDER BY created_at DESC, id DESC`;

/** $1 limit */
export const listBatchesSql = "SELECT record FROM sluice.batches ORDER BY created_at DESC, id DESC LIMIT $1";

/** $1 prefix · $2 limit. The greatest character closes the range, so that the index serves it. */
const findIdsIn = (table: string) => `
SELECT id FROM sluice.${table}
WHERE id >= $1 AND id < $1 || chr(1114111)
ORDER BY id LIMIT $2`;

/** Ids that begin with a prefix, by table. */
export const findIdsSql = { runs: findIdsIn("runs"), batches: findIdsIn("batches") };
