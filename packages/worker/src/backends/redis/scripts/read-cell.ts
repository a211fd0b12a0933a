/**
 * Reads a cell together with Redis' own time.
 *
 * KEYS: 1 cell
 *
 * Returns { text or false, seconds, microseconds }.
 */
export const readCellLua = `
local time = redis.call('TIME')
return { redis.call('GET', KEYS[1]), time[1], time[2] }
`;
