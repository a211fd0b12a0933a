// One worker process: asks questions with several callers at once until it is told to stop, then reports and ends.
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { settings } from "./settings.mjs";

const disciplines = {
  ledger: () => import("./ledger-sender.mjs"),
  langchain: () => import("./langchain-sender.mjs"),
  "first-hit": () => import("./first-hit-sender.mjs"),
};
const { discipline, baseUrl, warmUpUrl, redisUrl, skewMs } = JSON.parse(process.argv[2]);

// The benchmark itself was ended.
process.once("disconnect", () => process.exit());
shiftClock(skewMs);
playTheWay();
const { openSender } = await disciplines[discipline]();
const sender = await openSender({ baseUrl, redisUrl });
await sender.warmUp(warmUpUrl);
const callers = await Promise.all(Array.from({ length: settings.callers }, () => sender.openCaller()));
process.send({ type: "ready" });

await once(process, "message");
const failures = [];
for (const ask of callers) void askForever(ask);

await once(process, "message");
process.send({ type: "report", failures, ...sender.report() }, () => process.exit());

async function askForever(ask) {
  for (;;) {
    try {
      await ask();
    } catch (error) {
      failures.push(String(error.message).slice(0, 200));
      await sleep(settings.afterFailureMs);
    }
  }
}

/** This process' clock is wrong. */
function shiftClock(byMs) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...args) {
      super(...(args.length === 0 ? [RealDate.now() + byMs] : args));
    }
    static now() {
      return RealDate.now() + byMs;
    }
  };
}

/** Each question takes its time to the server. */
function playTheWay() {
  const realFetch = globalThis.fetch;
  const { min, max } = settings.wayMs;
  globalThis.fetch = async (input, init) => {
    if (String(input).endsWith("/chat/completions")) await sleep(min + Math.random() * (max - min));
    return realFetch(input, init);
  };
}
