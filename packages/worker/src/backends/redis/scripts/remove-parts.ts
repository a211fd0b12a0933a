/**
 * Removes some of the keys of runs whose records are still the expected ones.
 *
 * KEYS: 1 all batches (zset) · 2 schema number. The keys of the runs are `<root>:run:<id>` for the record,
 * `<root>:joined:<id>`, and `<root>:<kind>:<id>` for the rest, under the same hash tag.
 *
 * ARGV: 1 root · 2 known schema number · 3 a run that joined a batch of this time (ms) or later is left alone · 4 kinds of
 * keys, with a space between · then two for each run: id, expected record.
 *
 * Returns the ids of the runs that had any of these keys; `newer` alone when a newer Sluice has written here.
 */
export const removePartsLua = `
if tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[2]) then return 'newer' end
local touched = {}

local function isMissed(id)
  for _, batch in ipairs(redis.call('SMEMBERS', ARGV[1] .. ':joined:' .. id)) do
    if tonumber(redis.call('ZSCORE', KEYS[1], batch) or '-inf') >= tonumber(ARGV[3]) then return true end
  end
  return false
end

for i = 5, #ARGV, 2 do
  local id = ARGV[i]
  if redis.call('GET', ARGV[1] .. ':run:' .. id) == ARGV[i + 1] and not isMissed(id) then
    local number = 0
    for kind in string.gmatch(ARGV[4], '%S+') do
      number = number + redis.call('UNLINK', ARGV[1] .. ':' .. kind .. ':' .. id)
    end
    if number > 0 then touched[#touched + 1] = id end
  end
end
return touched
`;
