import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "ioredis";
import { MODEL, settings } from "./settings.mjs";

const KEY = "requests";

/** The common recipe: INCR, and on the first hit PEXPIRE; who is over the limit sleeps until the key is gone. */
export async function openSender({ baseUrl, redisUrl }) {
  const redis = new Redis(redisUrl);
  const counts = { redis: 0 };
  const call = (command) => {
    counts.redis++;
    return command();
  };
  const takePermit = async () => {
    for (;;) {
      const hits = await call(() => redis.incr(KEY));
      if (hits === 1) await call(() => redis.pexpire(KEY, settings.minuteMs));
      if (hits <= settings.perMinute) return;
      await sleep(Math.max(1, await call(() => redis.pttl(KEY))));
    }
  };
  const ask = async () => {
    for (;;) {
      await takePermit();
      const response = await send(baseUrl);
      const body = await response.json();
      if (response.status !== 429) return body;
      await sleep(untilReset(body));
    }
  };
  return { warmUp: send, openCaller: async () => ask, report: () => ({ ledgerCalls: counts.redis }) };
}

function send(url) {
  return fetch(`${url}/chat/completions`, {
    method: "POST",
    headers: { authorization: "Bearer bench", "content-type": "application/json" },
    body: JSON.stringify({ model: MODEL, messages: [{ role: "user", content: "Say yes." }] }),
  });
}

/** The server says when its window opens again; by its clock, which this process does not share. */
function untilReset(body) {
  const resetAt = Number(body.error?.metadata?.headers?.["X-RateLimit-Reset"]);
  const ms = resetAt - Date.now();
  return ms > 0 && ms <= settings.minuteMs ? ms : settings.minuteMs;
}
