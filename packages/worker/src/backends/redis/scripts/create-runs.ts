/**
 * Stores a batch and some of its runs in one step; what exists already stays as it is. A run whose input key is held by
 * a run that has not failed is not stored: that run joins the batch.
 *
 * KEYS: 1 batch record · 2 batch's runs (zset) · 3 batch's counts (hash) · 4 all batches (zset) · 5 ids of runs (zset) ·
 * 6 ids of batches (zset) · 7 input keys (hash: `<status> <run id>`) · 8 schema number. The keys of the runs are `<root>:run:<id>`,
 * `<root>:input:<id>` and `<root>:joined:<id>`, under the same hash tag.
 *
 * ARGV: 1 batch id · 2 batch record · 3 created at (ms) · 4 root · 5 known schema number · then six for each run: id, status, record, input
 * (empty for none), input key (empty for none), `1` when it takes its key over.
 *
 * Returns three for each run: id of the run that stands for it, `new`, `again` or `existing`, and its status; `newer`
 * alone when a newer Sluice has written here.
 */
export const createRunsLua = `
local schema = tonumber(redis.call('GET', KEYS[8]) or 0)
if schema > tonumber(ARGV[5]) then return 'newer' end
if schema < tonumber(ARGV[5]) then redis.call('SET', KEYS[8], ARGV[5]) end

if redis.call('SET', KEYS[1], ARGV[2], 'NX') then
  redis.call('ZADD', KEYS[4], ARGV[3], ARGV[1])
  redis.call('ZADD', KEYS[6], 0, ARGV[1])
end
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
local place = tonumber(last[2] or -1) + 1
local stored = {}

local function addMember(id, status)
  if redis.call('ZADD', KEYS[2], 'NX', place, id) == 0 then return false end
  place = place + 1
  redis.call('HINCRBY', KEYS[3], status, 1)
  return true
end

local function store(id, status, record, input)
  if not redis.call('SET', ARGV[4] .. ':run:' .. id, record, 'NX') then return false end
  if input ~= '' then redis.call('SET', ARGV[4] .. ':input:' .. id, input) end
  redis.call('ZADD', KEYS[5], 0, id)
  return addMember(id, status)
end

for i = 6, #ARGV, 6 do
  local id, status, record, input, key, takes = unpack(ARGV, i, i + 5)
  local holderStatus, holder = string.match(key ~= '' and redis.call('HGET', KEYS[7], key) or '', '^(%S+) (.*)$')
  local how = 'new'
  if holder and holder ~= id and takes ~= '1' then
    local isOver = holderStatus == 'failed' or holderStatus == 'cancelled'
    how = isOver and 'again' or 'existing'
  end
  if how == 'existing' then
    if addMember(holder, holderStatus) then redis.call('SADD', ARGV[4] .. ':joined:' .. holder, ARGV[1]) end
    id, status = holder, holderStatus
  elseif store(id, status, record, input) then
    if key ~= '' then redis.call('HSET', KEYS[7], key, status .. ' ' .. id) end
  elseif holder == id then
    status = holderStatus
  end
  stored[#stored + 1] = id
  stored[#stored + 1] = how
  stored[#stored + 1] = status
end
return stored
`;
