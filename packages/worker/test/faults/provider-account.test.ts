import { expect } from "vitest";
import { Door } from "./door.ts";
import { faultRow } from "./fault-row.ts";
import { roomyAccount } from "./play-faults.ts";
import { Scene } from "./scene.ts";
import { WorkerHere } from "./worker-here.ts";
import type { World } from "./world.ts";
import { onEachBackend } from "./worlds.ts";

/**
 * Two workers meet a fault that halts the account, both stop, and a person lets it go on.
 *
 * @returns the requests until then.
 */
async function halted(world: World, scene: Scene, kind: string): Promise<number> {
  await using one = await WorkerHere.start(world, { concurrency: 1 });
  await using other = await WorkerHere.start(world, { concurrency: 1 });
  await scene.enqueueHere(scene.documents(6, kind));
  const reasons = await Promise.all([one.worker.halted, other.worker.halted]);
  expect(reasons.map(({ code }) => code)).toContain("ACCOUNT_HALTED");
  await Promise.all([one.worker.close(), other.worker.close()]);
  const { requests } = scene;
  // Whoever starts now takes nothing and asks nothing.
  await using late = await WorkerHere.start(world);
  expect(await late.worker.halted).toMatchObject({ code: "ACCOUNT_HALTED" });
  expect(scene.requests).toBe(requests);
  await late.models.ledger.resume();
  return requests;
}

onEachBackend(
  "the account is in trouble",
  ["redis"],
  (world) => {
    faultRow("55", async () => {
      const scene = new Scene(world());
      world().simulator.script("*", { kind: "cost", cost: 0.01 });
      const untilCharged = await halted(world(), scene, "charged");
      const pricing = { prompt: "0.000001", completion: "0.000002" };
      world().simulator.script("*", { kind: "price", pricing, staleListingMs: 60 * 60_000 });
      const untilPriced = await halted(world(), scene, "priced");
      await using _worker = await WorkerHere.start(world());
      // The other worker may just have asked the same model when it got its price.
      const runs = await scene.check({ extraRequests: 3, priced: 2 });
      expect(runs.map(({ retries }) => retries)).toEqual(runs.map(() => 0));
      const modelWith = (kind: string) =>
        world().simulator.journal.find(({ fault }) => fault === kind)?.model;
      const askedSince = (requests: number) => scene.arrivals.slice(requests).map(({ model }) => model);
      expect(askedSince(untilCharged)).not.toContain(modelWith("cost"));
      expect(askedSince(untilPriced)).not.toContain(modelWith("price"));
    });

    faultRow("58", async () => {
      const scene = new Scene(world());
      for (const kind of ["unauthorized-401", "insufficient-credits-402", "key-limit-403"] as const) {
        world().simulator.script("*", { kind });
        await halted(world(), scene, kind);
      }
      // Not the account's: these concern one model each.
      world().simulator.script("*", { kind: "guardrail-403" }, { kind: "moderation-403" });
      await using _worker = await WorkerHere.start(world());
      await scene.enqueueHere(scene.documents(2, "refused"));
      const runs = await scene.check({ extraRequests: 5 });
      expect(runs.map(({ retries }) => retries)).toEqual(runs.map(() => 0));
      expect(scene.arrivals.filter(({ status }) => status !== 200)).toHaveLength(5);
    });

    faultRow("60", async () => {
      const { settings, simulator } = world();
      const scene = new Scene(world());
      const arrived = () => simulator.journal.filter(({ path }) => path.endsWith("/completions")).length;
      /** What never left is not counted any more. */
      const allGivenBack = ({ models: { ledger } }: WorkerHere) =>
        expect
          .poll(async () => (await ledger.status()).sentToday - arrived(), { timeout: 20_000, interval: 10 })
          .toBe(0);
      const parked = ({ type, ["why"]: why }: { type: string; why?: unknown }) =>
        type === "run.parked" && why === "SERVER_UNREACHABLE";
      const nowhere = ["https://sluice.invalid/api/v1", settings.simulator.replace("http:", "https:")];
      for (const [place, baseUrl] of nowhere.entries()) {
        await using lost = await WorkerHere.start(world(), { baseUrl });
        await scene.enqueueHere(scene.documents(2, `lost-${place}`));
        await lost.tells(parked);
        await allGivenBack(lost);
      }
      await using door = await Door.to(settings.simulator);
      await using worker = await WorkerHere.start(world(), { baseUrl: door.url });
      await scene.enqueueHere(scene.documents(2, "there"));
      await scene.finish(worker.backend);
      await door.shut();
      await scene.enqueueHere(scene.documents(2, "away"));
      await worker.tells(parked);
      await allGivenBack(worker);
      await door.open();
      await scene.check();
    });
  },
  roomyAccount(),
);
