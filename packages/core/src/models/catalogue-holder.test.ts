import { describe, expect, it } from "vitest";
import { SluiceError } from "../errors/sluice-error.ts";
import { MemoryCell } from "../quota/state-cell.ts";
import { ManualClock } from "../shared/manual-clock.ts";
import { type Catalogue, parseCatalogue } from "./catalogue.ts";
import { CatalogueHolder } from "./catalogue-holder.ts";
import { catalogueSnapshot } from "./catalogue-snapshot.ts";
import { freeModels } from "./free-only.ts";

const free = (id: string) => ({
  id,
  pricing: { prompt: "0", completion: "0" },
  architecture: { output_modalities: ["text"] },
});

/** A server that lists what it is told to, or cannot be reached, and counts how often it was asked. */
class Server {
  ids = ["a/one:free", "a/paid"];
  isAway = false;
  asked = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  async read(): Promise<Catalogue> {
    this.asked++;
    if (this.isAway) throw new SluiceError("SERVER_UNREACHABLE", { message: "away" });
    return parseCatalogue({ data: this.ids.map(free) }, { fetchedAt: this.#clock.now(), source: "server" });
  }
}

function setUp() {
  const clock = new ManualClock(Date.UTC(2026, 10, 22, 12));
  const server = new Server(clock);
  const cell = new MemoryCell(clock);
  const open = () => new CatalogueHolder({ read: () => server.read(), cell, clock });
  return { clock, server, open };
}

describe("the catalogue", () => {
  it("is read once and kept for an hour, over all processes", async () => {
    const { clock, server, open } = setUp();
    const [first, second] = [open(), open()];
    await Promise.all([first.current(), first.current()]);
    expect((await second.current()).source).toBe("stored");
    expect(server.asked).toBe(1);
    clock.advance(3_600_001);
    expect((await second.current()).source).toBe("server");
    expect(server.asked).toBe(2);
  });

  it("is read anew when it has turned out to be wrong", async () => {
    const { clock, server, open } = setUp();
    const holder = open();
    await holder.current();
    server.ids = ["a/two:free"];
    clock.advance(10);
    holder.expire();
    clock.advance(10);
    expect([...(await holder.current()).models.keys()]).toEqual(["a/two:free"]);
  });

  it("serves from an earlier reading while the server is away, and asks again later", async () => {
    const { clock, server, open } = setUp();
    await open().current();
    clock.advance(7_200_000);
    server.isAway = true;
    const holder = open();
    expect((await holder.current()).models.has("a/one:free")).toBe(true);
    await holder.current();
    expect(server.asked).toBe(2);
    server.isAway = false;
    clock.advance(30_001);
    expect((await holder.current()).source).toBe("server");
  });

  it("falls back to the models this release knows of when nothing was ever read", async () => {
    const { server, open } = setUp();
    server.isAway = true;
    expect((await open().current()).source).toBe("snapshot");
  });

  it("keeps nothing that may cost money in the store", async () => {
    const { server, open } = setUp();
    await open().current();
    server.isAway = true;
    expect((await open().current()).models.has("a/paid")).toBe(false);
  });

  it("lets the gate know of no model before it was read", () => {
    expect(setUp().open().known().models.size).toBe(0);
  });

  it("passes on that the key was refused", async () => {
    const { clock } = setUp();
    const read = async () => {
      throw new SluiceError("ACCOUNT_REFUSED", { message: "no" });
    };
    const holder = new CatalogueHolder({ read, cell: new MemoryCell(clock), clock });
    await expect(holder.current()).rejects.toMatchObject({ code: "ACCOUNT_REFUSED" });
  });
});

describe("the snapshot", () => {
  it("holds free models only", () => {
    const snapshot = catalogueSnapshot();
    expect(freeModels(snapshot, snapshot.fetchedAt).length).toBe(snapshot.models.size);
    expect(snapshot.models.size).toBeGreaterThan(10);
  });
});
