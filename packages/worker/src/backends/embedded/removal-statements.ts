/** Whether a run is not a member of any batch of a time (milliseconds) or later besides the one in which it was new. */
const notJoinedSince = (at: string) => `NOT EXISTS (
    SELECT FROM sluice.joined JOIN sluice.batches ON batches.id = joined.batch_id
    WHERE joined.run_id = runs.id AND batches.created_at >= ${at})`;

/**
 * Removes runs whose records are still the expected ones, each with all rows about it and out of all that names it. A
 * batch goes with its last run. One statement, so all or nothing.
 *
 * Arrays over the runs: $1 ids · $2 expected records · $3 input keys (empty for none). $4 a run that joined a batch of
 * this time or later stays. Returns the ids of the removed.
 */
export const removeRunsSql = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[]) AS given (id, record, key)
), removed AS (
  DELETE FROM sluice.runs USING given
  WHERE runs.id = given.id AND runs.record = given.record AND ${notJoinedSince("$4::bigint")}
  RETURNING runs.id, runs.batch_id, runs.status, given.key
), left_joined AS (
  DELETE FROM sluice.joined USING removed WHERE joined.run_id = removed.id
  RETURNING joined.batch_id, removed.status
), lost AS (
  SELECT batch_id, status, count(*) AS number
  FROM (SELECT batch_id, status FROM removed UNION ALL SELECT batch_id, status FROM left_joined) AS member
  GROUP BY batch_id, status
), batch AS (
  SELECT lost.batch_id, sum(lost.number) AS number,
         (SELECT coalesce(sum(counts.number), 0) FROM sluice.counts WHERE counts.batch_id = lost.batch_id)
           <= sum(lost.number) AS is_empty
  FROM lost GROUP BY lost.batch_id
), counted AS (
  UPDATE sluice.counts SET number = counts.number - lost.number
  FROM lost JOIN batch ON batch.batch_id = lost.batch_id
  WHERE counts.batch_id = lost.batch_id AND counts.status = lost.status AND NOT is_empty
), shrunk AS (
  UPDATE sluice.batches
  SET record = regexp_replace(record, '"total":\\d+', '"total":' ||
    greatest(0, substring(record FROM '"total":(\\d+)')::bigint - batch.number))
  FROM batch WHERE batches.id = batch.batch_id AND NOT is_empty
), uncounted AS (
  DELETE FROM sluice.counts USING batch WHERE counts.batch_id = batch.batch_id AND is_empty
), emptied AS (
  DELETE FROM sluice.batches USING batch WHERE batches.id = batch.batch_id AND is_empty
), unknown AS (
  DELETE FROM sluice.input_keys USING removed WHERE input_keys.key = removed.key AND input_keys.run_id = removed.id
), forgotten AS (
  DELETE FROM sluice.checkpoints USING removed WHERE checkpoints.run_id = removed.id
), unmarked AS (
  DELETE FROM sluice.exported USING removed WHERE exported.run_id = removed.id
)
SELECT id FROM removed`;

/**
 * Drops inputs ($3) and results ($4) of runs whose records are still the expected ones.
 *
 * Arrays over the runs: $1 ids · $2 expected records. $5 a run that joined a batch of this time or later is left alone.
 * Returns the ids of those that had any of it.
 */
export const removePartsSql = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[]) AS given (id, record)
), touched AS (
  UPDATE sluice.runs
  SET input = CASE WHEN $3 THEN NULL ELSE input END, output = CASE WHEN $4 THEN NULL ELSE output END
  FROM given
  WHERE runs.id = given.id AND runs.record = given.record AND ${notJoinedSince("$5::bigint")}
    AND ($3 AND input IS NOT NULL
      OR $4 AND (output IS NOT NULL OR EXISTS (SELECT FROM sluice.checkpoints WHERE run_id = runs.id)))
  RETURNING runs.id
), forgotten AS (
  DELETE FROM sluice.checkpoints USING touched WHERE checkpoints.run_id = touched.id AND $4
)
SELECT id FROM touched`;

/** Arrays over the runs: $1 ids · $2 when they were finished. */
export const markExportedSql = `
INSERT INTO sluice.exported (run_id, finished_at) SELECT * FROM unnest($1::text[], $2::bigint[])
ON CONFLICT (run_id) DO UPDATE SET finished_at = excluded.finished_at`;
