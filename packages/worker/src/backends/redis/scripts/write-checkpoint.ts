/**
 * Records a step's output unless another text than the expected one stands there already.
 *
 * KEYS: 1 run's checkpoints (hash)
 *
 * ARGV: 1 step path · 2 text · 3 expected text (empty for nothing)
 *
 * Returns the text that stands there afterwards.
 */
export const writeCheckpointLua = `
local present = redis.call('HGET', KEYS[1], ARGV[1])
if present and present ~= ARGV[3] then return present end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
return ARGV[2]
`;
