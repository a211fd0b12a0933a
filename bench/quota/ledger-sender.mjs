import { openRouter, RequestMeter, systemClock } from "@sluice/core";
import { openBackend } from "@sluice/worker";
import { ledgerRules, MODEL } from "./settings.mjs";

/** Sluice as it is used: the whole model layer over a backend on Redis. */
export async function openSender({ baseUrl, redisUrl }) {
  const backend = await openBackend({ home: "", redisUrl });
  const counts = { ledger: 0, health: 0, catalogue: 0 };
  const latenessMs = [];
  const cell = (name) => counted(backend.cell(name), () => counts[name]++);
  return {
    warmUp: async (url) => {
      const models = openRouter({ apiKey: "bench", baseUrl: url });
      await models.ask(question, { meter: new RequestMeter() });
    },
    openCaller: async () => {
      const wakeUps = new WakeUps(latenessMs);
      const models = openRouter({
        apiKey: "bench",
        baseUrl,
        cell,
        rules: ledgerRules,
        clock: wakeUps.clock,
      });
      await models.catalogue();
      const meter = wakeUps.meter();
      return () => models.ask(question, { meter, maxWaitMs: 600_000 });
    },
    report: () => ({ ledgerCalls: counts.ledger, latenessMs }),
  };
}

const question = {
  messages: [{ role: "user", content: "Say yes." }],
  task: "fast",
  models: [MODEL],
  accept: (text) => ({ ok: true, value: text }),
  temperature: 0,
  maxOutputTokens: 16,
  maxRepairs: 0,
  cache: false,
};

function counted(cell, count) {
  return {
    read: () => {
      count();
      return cell.read();
    },
    swap: (expected, next) => {
      count();
      return cell.swap(expected, next);
    },
  };
}

/** For one caller: from the time it was last told to come back, until it had its permit. */
class WakeUps {
  #toldAt;
  #latenessMs;

  constructor(latenessMs) {
    this.#latenessMs = latenessMs;
  }

  get clock() {
    return {
      now: () => systemClock.now(),
      sleep: (ms, signal) => {
        this.#toldAt = performance.now() + ms;
        return systemClock.sleep(ms, signal);
      },
    };
  }

  /** The meter is charged in the moment a permit was granted. */
  meter() {
    const meter = new RequestMeter({ budget: Number.POSITIVE_INFINITY });
    const charge = meter.charge.bind(meter);
    meter.charge = () => {
      if (this.#toldAt !== undefined) this.#latenessMs.push(performance.now() - this.#toldAt);
      this.#toldAt = undefined;
      charge();
    };
    return meter;
  }
}
