import { describe, expect, it } from "vitest";
import { MemoryCell } from "../../quota/state-cell.ts";
import { DAY_MS } from "../../shared/duration.ts";
import { ManualClock } from "../../shared/manual-clock.ts";
import { PackBook } from "./pack-book.ts";

const bounds = { first: 8, cap: 12 };
const fingerprint = "0123456789abcdef0123";
const subject = { kind: "0123456789abcdef/short", model: "a/b:free", bounds };
const clean = { items: 8, failed: 0, isCut: false, idErrors: 0, outputTokens: 80 };

describe("what was learnt of requests for several items", () => {
  it("is known to every process that shares the cell", async () => {
    const cell = new MemoryCell();
    const [here, there] = [new PackBook(cell), new PackBook(cell)];
    expect(await there.read(subject)).toMatchObject({ size: 8, outputTokens: null });
    await here.record(subject, clean);
    expect(await there.read(subject)).toMatchObject({ size: 10, outputTokens: 10 });
  });

  it("loses nothing when two processes note at the same time", async () => {
    const cell = new MemoryCell();
    const books = [new PackBook(cell), new PackBook(cell)];
    await Promise.all([...Array(20).keys()].map((n) => books[n % 2]?.compare(subject, true)));
    const inTurn = new PackBook(new MemoryCell());
    for (let n = 0; n < 20; n++) await inTurn.compare(subject, true);
    expect((await books[0]?.read(subject))?.compared).toBe((await inTurn.read(subject)).compared);
  });

  it("is kept apart by model and by kind of item", async () => {
    const book = new PackBook(new MemoryCell());
    await book.record(subject, { ...clean, isCut: true });
    expect(await book.read(subject)).toMatchObject({ size: 4 });
    expect(await book.read({ ...subject, model: "c/d:free" })).toMatchObject({ size: 8 });
    expect(await book.read({ ...subject, kind: "0123456789abcdef/page" })).toMatchObject({ size: 8 });
  });

  it("can be told for one step, with the models", async () => {
    const book = new PackBook(new MemoryCell());
    await book.record(subject, clean);
    await book.record({ ...subject, model: "c/d:free" }, clean);
    await book.record({ ...subject, kind: "ffffffffffffffff/short" }, clean);
    const told = await book.ofStep(fingerprint);
    expect(told.map(({ model, size }) => [model, size])).toEqual([
      ["a/b:free", 10],
      ["c/d:free", 10],
    ]);
  });

  it("never exceeds what the step allows today", async () => {
    const book = new PackBook(new MemoryCell());
    await book.record(subject, clean);
    expect(await book.read({ ...subject, bounds: { first: 2, cap: 3 } })).toMatchObject({ size: 3 });
  });

  it("is forgotten after a month in which nobody asked", async () => {
    const clock = new ManualClock(Date.UTC(2026, 10, 23));
    const book = new PackBook(new MemoryCell(clock));
    await book.record(subject, clean);
    clock.advance(31 * DAY_MS);
    await book.record({ ...subject, model: "c/d:free" }, clean);
    expect(await book.read(subject)).toMatchObject({ size: 8, outputTokens: null });
  });
});
