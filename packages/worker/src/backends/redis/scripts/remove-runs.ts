/**
 * Removes runs whose records are still the expected ones, each with all of its keys and out of all that names it. A
 * batch goes with its last run.
 *
 * KEYS: 1 all batches (zset) · 2 ids of runs (zset) · 3 ids of batches (zset) · 4 input keys (hash: `<status> <run id>`) ·
 * 5 exported runs (hash) · 6 schema number. The keys of the runs are `<root>:run:<id>`, `<root>:input:<id>`,
 * `<root>:output:<id>`, `<root>:checkpoints:<id>` and `<root>:joined:<id>`, those of the batches `<root>:batch:<id>`,
 * `<root>:batch-runs:<id>` and `<root>:batch-counts:<id>`, under the same hash tag.
 *
 * ARGV: 1 root · 2 known schema number · 3 a run that joined a batch of this time (ms) or later stays · then five for each run: id, expected record, id of the batch in which it was
 * new, status, input key (empty for none).
 *
 * Returns the ids of the runs that were removed; `newer` alone when a newer Sluice has written here.
 */
export const removeRunsLua = `
if tonumber(redis.call('GET', KEYS[6]) or 0) > tonumber(ARGV[2]) then return 'newer' end
local root = ARGV[1]
local removed = {}
local lost = {}

local function leave(batch, id, status)
  if redis.call('ZREM', root .. ':batch-runs:' .. batch, id) == 0 then return end
  redis.call('HINCRBY', root .. ':batch-counts:' .. batch, status, -1)
  lost[batch] = (lost[batch] or 0) + 1
end

local function isMissed(joined)
  for _, batch in ipairs(joined) do
    if tonumber(redis.call('ZSCORE', KEYS[1], batch) or '-inf') >= tonumber(ARGV[3]) then return true end
  end
  return false
end

for i = 4, #ARGV, 5 do
  local id, record, batch, status, key = unpack(ARGV, i, i + 4)
  local run, joinedKey = root .. ':run:' .. id, root .. ':joined:' .. id
  local joined = redis.call('SMEMBERS', joinedKey)
  if redis.call('GET', run) == record and not isMissed(joined) then
    leave(batch, id, status)
    for _, other in ipairs(joined) do leave(other, id, status) end
    local own = { run, joinedKey, root .. ':input:' .. id, root .. ':output:' .. id, root .. ':checkpoints:' .. id }
    redis.call('UNLINK', unpack(own))
    redis.call('ZREM', KEYS[2], id)
    redis.call('HDEL', KEYS[5], id)
    local holder = string.match(key ~= '' and redis.call('HGET', KEYS[4], key) or '', '^%S+ (.*)$')
    if holder == id then redis.call('HDEL', KEYS[4], key) end
    removed[#removed + 1] = id
  end
end

for batch, number in pairs(lost) do
  local key = root .. ':batch:' .. batch
  local record = redis.call('GET', key)
  if redis.call('EXISTS', root .. ':batch-runs:' .. batch) == 0 then
    redis.call('UNLINK', key, root .. ':batch-counts:' .. batch)
    redis.call('ZREM', KEYS[1], batch)
    redis.call('ZREM', KEYS[3], batch)
  elseif record then
    local smaller = function(total) return '"total":' .. math.max(0, total - number) end
    redis.call('SET', key, (string.gsub(record, '"total":(%d+)', smaller)))
  end
end
return removed
`;
