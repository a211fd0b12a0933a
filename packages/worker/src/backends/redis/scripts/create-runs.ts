/**
 * Stores a batch and some of its runs in one step; what exists already stays as it is.
 *
 * KEYS: 1 batch record · 2 batch's runs (zset) · 3 batch's counts (hash) · 4 all batches (zset) · 5 ids of runs (zset) ·
 * 6 ids of batches (zset). The keys of the runs are `<root>:run:<id>` and `<root>:input:<id>`, under the same hash tag.
 *
 * ARGV: 1 batch id · 2 batch record · 3 created at (ms) · 4 root · then four for each run: id, status, record, input
 * (empty for none).
 *
 * Returns the number of runs that were new.
 */
export const createRunsLua = `
if redis.call('SET', KEYS[1], ARGV[2], 'NX') then
  redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
  redis.call('ZADD', KEYS[6], 0, ARGV[1])
end
local place = redis.call('ZCARD', KEYS[2])
local created = 0
for i = 5, #ARGV, 4 do
  local id, status, record, input = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if redis.call('SET', ARGV[4] .. ':run:' .. id, record, 'NX') then
    if input ~= '' then redis.call('SET', ARGV[4] .. ':input:' .. id, input) end
    redis.call('ZADD', KEYS[2], place + created, id)
    redis.call('ZADD', KEYS[5], 0, id)
    redis.call('HINCRBY', KEYS[3], status, 1)
    created = created + 1
  end
end
return created
`;
