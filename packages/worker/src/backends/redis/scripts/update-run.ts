/**
 * Replaces a run's record if it is still the expected one, moves the batch's counts and stores the output.
 *
 * KEYS: 1 run record · 2 batch's counts (hash) · 3 run's output
 *
 * ARGV: 1 expected record · 2 next record · 3 old status · 4 new status · 5 output (empty for none)
 *
 * Returns 1 when it replaced the record, 0 when somebody was faster.
 */
export const updateRunLua = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2])
if ARGV[3] ~= ARGV[4] then
  redis.call('HINCRBY', KEYS[2], ARGV[3], -1)
  redis.call('HINCRBY', KEYS[2], ARGV[4], 1)
end
if ARGV[5] ~= '' then redis.call('SET', KEYS[3], ARGV[5]) end
return 1
`;
