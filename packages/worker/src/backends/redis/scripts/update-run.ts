/**
 * Replaces a run's record if it is still the expected one, moves the counts of its batches, tells the holder of its
 * input key's state, and stores the output.
 *
 * KEYS: 1 run record · 2 counts of the batch in which it was new (hash) · 3 run's output · 4 batches it joined (set) ·
 * 5 input keys (hash: `<status> <run id>`) · 6 schema number. The counts of a batch are `<root>:batch-counts:<id>`, under the same hash
 * tag.
 *
 * ARGV: 1 expected record · 2 next record · 3 old status · 4 new status · 5 output (empty for none) · 6 root · 7 run id ·
 * 8 input key (empty for none) · 9 known schema number
 *
 * Returns 1 when it replaced the record, 0 when somebody was faster, `newer` when a newer Sluice has written here.
 */
export const updateRunLua = `
local schema, record = unpack(redis.call('MGET', KEYS[6], KEYS[1]))
if tonumber(schema or 0) > tonumber(ARGV[9]) then return 'newer' end
if record ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) end
if ARGV[3] == ARGV[4] then return 1 end

local function move(counts)
  redis.call('HINCRBY', counts, ARGV[3], -1)
  redis.call('HINCRBY', counts, ARGV[4], 1)
end
move(KEYS[2])
for _, batch in ipairs(redis.call('SMEMBERS', KEYS[4])) do move(ARGV[6] .. ':batch-counts:' .. batch) end
if ARGV[8] ~= '' and redis.call('HGET', KEYS[5], ARGV[8]) == ARGV[3] .. ' ' .. ARGV[7] then
  redis.call('HSET', KEYS[5], ARGV[8], ARGV[4] .. ' ' .. ARGV[7])
end
return 1
`;
