/**
 * Replaces a cell's text if it still holds the expected one.
 *
 * KEYS: 1 cell
 *
 * ARGV: 1 next text · 2 expected text (left out for an empty cell)
 *
 * Returns 1 when it replaced the text, 0 when somebody was faster.
 */
export const swapCellLua = `
local present = redis.call('GET', KEYS[1])
if present ~= (ARGV[2] or false) then return 0 end
redis.call('SET', KEYS[1], ARGV[1])
return 1
`;
