import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CACHE_TTL_MS, seal } from "@sluice/core";
import { ManualClock } from "@sluice/core/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { maintain } from "./maintenance.ts";
import { migrate, TABLES_VERSION } from "./migrations.ts";
import { PgliteHost } from "./pglite-host.ts";
import { SqlCache } from "./sql-cache.ts";
import { SqlDatabase } from "./sql-database.ts";
import { SqlRunStore } from "./sql-run-store.ts";

const numberSchema = z.object({ number: z.coerce.number() });

describe("the embedded database", () => {
  let folder = "";
  let host: PgliteHost | undefined;
  const database = (): SqlDatabase => {
    if (host === undefined) throw new Error("the database did not start");
    return new SqlDatabase(host, folder);
  };
  const count = async (from: string) => {
    const [row] = await database().rows(numberSchema, `SELECT count(*) AS number FROM ${from}`);
    return row?.number;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "sluice-database-"));
    host = await PgliteHost.start(join(folder, "data"));
    await migrate(database());
  }, 30_000);
  afterAll(async () => {
    await host?.close();
    await rm(folder, { recursive: true });
  });

  it("migrates once, however often it is opened", async () => {
    await migrate(database());
    expect(await count("sluice.migrations")).toBe(TABLES_VERSION);
  });

  it("refuses tables of a newer version, and leaves them alone", async () => {
    await database().run("INSERT INTO sluice.migrations VALUES (999)");
    await expect(migrate(database())).rejects.toMatchObject({
      code: "BACKEND_NEWER",
      facts: { version: 999 },
    });
    await database().run("DELETE FROM sluice.migrations WHERE version = 999");
  });

  it("drops cached answers over their age in its rounds, and only those", async () => {
    const clock = new ManualClock(1_000);
    const cache = new SqlCache(database(), clock);
    await cache.set("old", "text");
    clock.advance(CACHE_TTL_MS);
    await cache.set("new", "text");
    await maintain(database(), clock);
    expect(await count("sluice.cache")).toBe(1);
    expect(await cache.get("new")).toBe("text");
  });

  it("gives back the room of dead rows in its rounds", async () => {
    await database().run(
      `INSERT INTO sluice.cells SELECT 'cell-' || n, repeat('x', 500) FROM generate_series(1, 4000) AS n;
       DELETE FROM sluice.cells`,
    );
    const size = "(SELECT generate_series(1, pg_relation_size('sluice.cells') / 8192)) AS pages";
    const before = await count(size);
    await maintain(database(), new ManualClock(0));
    expect(before).toBeGreaterThan(100);
    expect(await count(size)).toBe(0);
  });

  it("takes a damaged input or output for none that could be used, and names the run", async () => {
    const runs = new SqlRunStore(database());
    const sealed = await seal('"the tide turns at noon"');
    const columns = "(id, batch_id, place, status, record, input, output)";
    for (const [id, text] of [
      ["sound", sealed],
      ["broken", sealed.replace("noon", "nine")],
    ] as const) {
      const insert = `INSERT INTO sluice.runs ${columns} VALUES ($1, 'b', 1, 'completed', '{}', $2, $2)`;
      await database().run(insert, [id, text]);
    }
    expect(await runs.readInput("sound")).toBe('"the tide turns at noon"');
    for (const reading of [runs.readInput("broken"), runs.readOutput("broken"), runs.get("broken")]) {
      await expect(reading).rejects.toMatchObject({ code: "STATE_INVALID" });
    }
    await expect(runs.readInput("broken")).rejects.toThrow("run broken");
  });

  it("passes the error of a statement on, with its code", async () => {
    await expect(database().run("SELECT * FROM nothing")).rejects.toMatchObject({ code: "42P01" });
  });
});
