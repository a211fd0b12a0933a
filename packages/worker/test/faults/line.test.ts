import { createLedger } from "@sluice/core";
import type { Backend } from "@sluice/worker";
import { expect } from "vitest";
import { z } from "zod";
import { faultRow } from "./fault-row.ts";
import { Scene } from "./scene.ts";
import { onEachBackend } from "./worlds.ts";

/** How late a waiter may come: five times what it is in real life, so that a busy machine keeps nobody alive from it. */
const GRACE_MS = 2_500;
/** How long nobody is served, so that the line stands still. */
const HOLD_MS = 8_000;

const DYING = 6;
const LIVING = 4;

const stateSchema = z.looseObject({
  sends: z.array(z.object({ id: z.string(), at: z.number() })),
  line: z.array(z.object({ id: z.string() })),
});

/** Who was served and who waits, by the ledger's own record. */
async function ledgerOf(backend: Backend) {
  const { text, now } = await backend.cell("ledger").read();
  return { text, now, state: stateSchema.parse(JSON.parse(text ?? "")) };
}

/** Lets nobody send for a while, as the server's own refusal would; tells until when. */
async function hold(backend: Backend): Promise<number> {
  await createLedger({ cell: backend.cell("ledger") }).sync({ used: 0, limit: 1_000 });
  const { text, now, state } = await ledgerOf(backend);
  const holdUntil = now + HOLD_MS;
  const swapped = await backend.cell("ledger").swap(text, JSON.stringify({ ...state, holdUntil }));
  expect(swapped).toBe(true);
  return holdUntil;
}

onEachBackend(
  "a line of runs waits for permits",
  ["redis"],
  (world) => {
    faultRow("7", async () => {
      const scene = new Scene(world());
      const backend = await world().open();
      const stands = (waiters: number) =>
        expect
          .poll(async () => (await ledgerOf(backend)).state.line.length, { timeout: 30_000, interval: 5 })
          .toBe(waiters);
      const living = await scene.worker(undefined, { concurrency: LIVING });
      living.send("SIGSTOP");
      const dying = await scene.worker(undefined, { concurrency: DYING });
      const opensAt = await hold(backend);
      await scene.enqueueHere(scene.documents(DYING + LIVING));
      await stands(DYING);
      living.send("SIGCONT");
      await stands(DYING + LIVING);
      await dying.kill();
      const { line } = (await ledgerOf(backend)).state;

      await scene.asked(LIVING);
      const served = (await ledgerOf(backend)).state.sends.slice(0, LIVING);
      expect(served.map(({ id }) => id)).toEqual(line.slice(DYING).map(({ id }) => id));
      // Were the dead waited for one by one, it would take six graces.
      expect(Math.max(...served.map(({ at }) => at)) - opensAt).toBeLessThan(2 * GRACE_MS);
      const completed = () => living.told.filter(({ type }) => type === "run.completed").length;
      await expect.poll(completed, { timeout: 30_000, interval: 20 }).toBe(LIVING);
      await world().locksRunOut();
      await scene.check();
      await backend.close();
    });
  },
  { rules: { graceMs: GRACE_MS } },
);
