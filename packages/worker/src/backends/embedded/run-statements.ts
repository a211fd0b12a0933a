/**
 * Stores a batch and some of its runs; what exists already stays as it is, and a run whose input key is held by a run
 * that has not failed is not stored: that run joins the batch. One statement, so all or nothing, and the database runs
 * one at a time.
 *
 * $1 batch id · $2 batch record · $3 created at · then arrays over the runs: $4 ids · $5 statuses · $6 records ·
 * $7 inputs (empty for none) · $8 input keys (empty for none) · $9 whether they take their key over.
 * Returns for each run, in their order, the id of the run that stands for it, `how` and its status.
 */
export const createRunsSql = `
WITH batch AS (
  INSERT INTO sluice.batches (id, record, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING
), last AS (
  SELECT greatest(
    (SELECT coalesce(max(place), 0) FROM sluice.runs WHERE batch_id = $1),
    (SELECT coalesce(max(place), 0) FROM sluice.joined WHERE batch_id = $1)) AS place
), given AS (
  SELECT * FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::bool[]) WITH ORDINALITY
    AS given (id, status, record, input, key, takes, place)
), claimed AS (
  INSERT INTO sluice.input_keys AS held (key, run_id)
  SELECT DISTINCT ON (key) key, id FROM given WHERE key <> '' ORDER BY key, place
  ON CONFLICT (key) DO UPDATE SET run_id = excluded.run_id
  WHERE EXISTS (SELECT FROM given WHERE given.id = excluded.run_id AND takes)
     OR EXISTS (SELECT FROM sluice.runs WHERE runs.id = held.run_id AND status IN ('failed', 'cancelled'))
  RETURNING key, run_id
), standing AS (
  SELECT given.*, present.run_id AS before,
         CASE WHEN takes THEN given.id ELSE coalesce(claimed.run_id, present.run_id, given.id) END AS run_id
  FROM given
  LEFT JOIN claimed ON claimed.key = given.key
  LEFT JOIN sluice.input_keys AS present ON present.key = given.key
), created AS (
  INSERT INTO sluice.runs (id, batch_id, place, status, record, input)
  SELECT id, $1, last.place + standing.place, status, record, nullif(input, '')
  FROM standing, last WHERE run_id = id
  ON CONFLICT DO NOTHING
  RETURNING status
), added AS (
  INSERT INTO sluice.joined (batch_id, run_id, place)
  SELECT $1, run_id, min(last.place + standing.place)
  FROM standing, last WHERE run_id <> id AND EXISTS (SELECT FROM sluice.runs WHERE runs.id = run_id AND batch_id <> $1)
  GROUP BY run_id
  ON CONFLICT DO NOTHING
  RETURNING run_id
), counted AS (
  INSERT INTO sluice.counts AS present (batch_id, status, number)
  SELECT $1, status, count(*)
  FROM (SELECT status FROM created
        UNION ALL SELECT runs.status FROM added JOIN sluice.runs ON runs.id = added.run_id) AS member
  GROUP BY status
  ON CONFLICT (batch_id, status) DO UPDATE SET number = present.number + excluded.number
)
SELECT run_id AS id, coalesce(runs.status, standing.status) AS status,
       CASE WHEN run_id <> standing.id THEN 'existing'
            WHEN before <> standing.id AND NOT takes THEN 'again'
            ELSE 'new' END AS how
FROM standing LEFT JOIN sluice.runs ON runs.id = run_id
ORDER BY standing.place`;

/**
 * Replaces the records of runs that are still the expected ones, stores their outputs and moves the counts of their
 * batches.
 *
 * Arrays over the changes: $1 run ids · $2 expected records · $3 next records · $4 old statuses · $5 new statuses ·
 * $6 outputs (empty for none). Returns the numbers, from 1, of the changes that were made; somebody was faster with the
 * others.
 */
export const updateRunsSql = `
WITH given AS (
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[]) WITH ORDINALITY
    AS given (id, expected, next, before, after, output, number)
), changed AS (
  UPDATE sluice.runs SET record = given.next, status = given.after, output = coalesce(nullif(given.output, ''), runs.output)
  FROM given WHERE runs.id = given.id AND runs.record = given.expected
  RETURNING runs.id, runs.batch_id, given.before, given.after, given.number
), member AS (
  SELECT batch_id, before, after FROM changed
  UNION ALL SELECT joined.batch_id, before, after FROM sluice.joined JOIN changed ON changed.id = joined.run_id
), moved AS (
  INSERT INTO sluice.counts AS present (batch_id, status, number)
  SELECT batch_id, side.status, sum(side.step)
  FROM member, LATERAL (VALUES (before, -1), (after, 1)) AS side (status, step)
  WHERE before <> after
  GROUP BY batch_id, side.status
  ON CONFLICT (batch_id, status) DO UPDATE SET number = present.number + excluded.number
)
SELECT number FROM changed`;

/** $1 run ids: their records and inputs. */
export const openRunsSql = "SELECT id, record, input FROM sluice.runs WHERE id = ANY ($1::text[])";

const wanted = "($3::text[] IS NULL OR status = ANY ($3::text[]))";

/** $1 batch id · $2 last place read · $3 wanted statuses, or null for all · $4 page size. Only runs that were new. */
export const pageOfOwnRunsSql = `
SELECT record, place FROM sluice.runs
WHERE batch_id = $1 AND place > $2 AND ${wanted} ORDER BY place LIMIT $4`;

/** The same parameters; with the runs that joined the batch. */
export const pageOfRunsSql = `
(${pageOfOwnRunsSql})
UNION ALL
(SELECT record, joined.place FROM sluice.joined JOIN sluice.runs ON runs.id = joined.run_id
 WHERE joined.batch_id = $1 AND joined.place > $2 AND ${wanted} ORDER BY joined.place LIMIT $4)
ORDER BY place LIMIT $4`;

/** $1 batch id · $2 run ids: those of them that were new in the batch or joined it. */
export const membersAmongSql = `
SELECT id FROM sluice.runs WHERE id = ANY ($2::text[]) AND batch_id = $1
UNION
SELECT run_id AS id FROM sluice.joined WHERE batch_id = $1 AND run_id = ANY ($2::text[])`;

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
