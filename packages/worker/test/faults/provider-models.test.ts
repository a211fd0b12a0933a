import { type Fault, testCatalogue } from "@sluice/simulator";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { playFaults, roomyAccount } from "./play-faults.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

const http = (status: 408 | 500 | 502 | 503 | 504) => ({ kind: "http", status }) as const;

/** How many requests of a world were given up by the worker. */
const givenUp = ({ simulator }: World) => simulator.journal.filter(({ aborted }) => aborted).length;

onEachBackend(
  "models fail",
  ["redis"],
  (world) => {
    faultRow("45", async () => {
      const busy: Fault[] = [
        { kind: "upstream-429" },
        { kind: "upstream-429", retryAfterSeconds: 2 },
        { kind: "capacity-429" },
      ];
      const { asked, worker } = await playFaults(world(), busy);
      expect(new Set(asked).size).toBe(4);
      await playFaults(world(), busy, { documents: 3 });
      expect(worker.told.filter(({ type }) => type === "run.parked")).toEqual([]);
    });

    faultRow("46", async () => {
      const { asked } = await playFaults(world(), [http(500), http(502), http(503)]);
      expect(new Set(asked).size).toBe(4);
      await playFaults(world(), [http(504), http(408), { kind: "html-502" }]);
      const { runs } = await playFaults(world(), [http(500), http(500), http(500), http(500), http(500)]);
      expect(runs[0]).toMatchObject({ requests: 6 });
      expect(runs[0]?.history.map(({ status }) => status)).toContain("parked");
    });

    faultRow("47", async () => {
      const before = givenUp(world());
      const { asked } = await playFaults(world(), [{ kind: "hang" }], { timeouts: { headersMs: 2_000 } });
      expect(new Set(asked).size).toBe(2);
      await expect.poll(() => givenUp(world()) - before, { timeout: 20_000 }).toBe(1);
    });

    faultRow("48", async () => {
      const before = givenUp(world());
      const silent: Fault = { kind: "stall", ms: 60_000, everyMs: 60_000 };
      const trickle: Fault = { kind: "stall", ms: 60_000 };
      await playFaults(world(), [silent, trickle], {
        documents: 2,
        timeouts: { idleMs: 2_000, totalMs: 3_000 },
      });
      await expect.poll(() => givenUp(world()) - before, { timeout: 20_000 }).toBe(2);
    });

    faultRow("49", async () => {
      await playFaults(world(), [{ kind: "reset" }, { kind: "sse-cut" }, { kind: "sse-no-finish" }], {
        documents: 2,
      });
    });

    faultRow("56", async () => {
      const { simulator } = world();
      const readings = () => simulator.journal.filter(({ path }) => path.includes("/models")).length;
      simulator.script("*", { kind: "vanished" }, { kind: "invalid-model-400" }, { kind: "data-policy-404" });
      const scene = new Scene(world());
      await using one = await WorkerHere.start(world());
      await scene.enqueueHere(scene.documents(1, "first"));
      await scene.finish(one.backend);
      const before = readings();
      const asked = scene.arrivals.map(({ model }) => model);
      expect(new Set(asked).size).toBe(4);
      await scene.enqueueHere(scene.documents(2, "later"));
      await scene.finish(one.backend);
      await using _other = await WorkerHere.start(world());
      await scene.enqueueHere(scene.documents(4, "last"));
      await scene.check({ extraRequests: 3 });
      expect(readings()).toBe(before + 1);
      const askedLater = scene.arrivals.slice(4).map(({ model }) => model);
      expect(askedLater).not.toContain(asked[0]);
    });
  },
  roomyAccount(),
);

const few = testCatalogue()
  .filter(({ id }) => id.endsWith(":free"))
  .slice(0, 3);

onEachBackend(
  "all models fail",
  ["redis"],
  (world) => {
    faultRow("57", async () => {
      const outage = Array.from({ length: 9 }, () => http(503));
      const { runs } = await playFaults(world(), outage, { documents: 2, concurrency: 1 });
      for (const { history } of runs) {
        expect(history).toContainEqual(expect.objectContaining({ status: "parked", why: "models cooling" }));
      }
      for (const { id } of few) {
        const asked = world().simulator.journal.filter(({ model }) => model === id);
        const rests = asked.slice(1).flatMap(({ at }, index) => {
          const before = asked[index];
          return before?.status === 503 ? [at - before.at] : [];
        });
        // The first rest is 5 s, less a quarter at the most.
        expect(Math.min(...rests)).toBeGreaterThan(3_700);
      }
    });
  },
  { ...roomyAccount(), simulator: { catalogue: few } },
);
