import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PackPool } from "./pack-pool.ts";

interface Question {
  name: string;
  batch: string;
  failures: number;
  itemTokens: number;
}

const question = (name: string, batch = "", failures = 0): Question => ({
  name,
  batch,
  failures,
  itemTokens: 1,
});
const names = (entries: readonly Question[]) => entries.map(({ name }) => name).join(" ");
const inOrder = () => new PackPool<Question>(() => 0.999);

describe("questions that wait for a request", () => {
  it("are served first come, first served inside a batch", () => {
    const pool = inOrder();
    for (const name of ["a", "b", "c", "d"]) pool.add(question(name));
    expect(names(pool.take(3))).toBe("a b c");
    expect(names(pool.take(3))).toBe("d");
  });

  it("take turns by batch, and whoever was served stands behind the others", () => {
    const pool = inOrder();
    for (const name of ["a1", "a2", "a3", "a4"]) pool.add(question(name, "a"));
    for (const name of ["b1", "b2"]) pool.add(question(name, "b"));
    pool.add(question("c1", "c"));
    expect(names(pool.take(2))).toBe("a1 b1");
    expect(names(pool.take(2))).toBe("c1 a2");
    expect(names(pool.takeAll())).toBe("b2 a3 a4");
  });

  it("come first, and shuffled, when they failed before", () => {
    const random = [0, 0, 0];
    const pool = new PackPool<Question>(() => random.shift() ?? 0.999);
    pool.add(question("new"));
    for (const name of ["x", "y", "z"]) pool.add(question(name, "", 1));
    expect(names(pool.takeAll())).toBe("z y x new");
  });

  it("are looked at without being taken", () => {
    const pool = inOrder();
    pool.add(question("a"));
    expect(names(pool.peek(5))).toBe("a");
    expect(pool.size).toBe(1);
  });

  it("are gone once their asker has left", () => {
    const pool = inOrder();
    const [gone, failed] = [question("gone"), question("failed", "", 1)];
    for (const entry of [gone, failed, question("here")]) pool.add(entry);
    pool.remove(gone);
    pool.remove(failed);
    pool.remove(question("never there"));
    expect(names(pool.takeAll())).toBe("here");
    expect(pool.size).toBe(0);
  });

  it("are never lost and never doubled, whatever is added, taken and taken out", () => {
    const deed = fc.oneof(
      fc.record({ add: fc.constantFrom("a", "b", "c"), failures: fc.nat(1) }),
      fc.record({ take: fc.nat(6) }),
      fc.record({ remove: fc.nat(50) }),
    );
    fc.assert(
      fc.property(
        fc.array(deed, { maxLength: 80 }),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999 })),
        (deeds, random) => {
          const pool = new PackPool<Question>(() => random.next().value);
          const waiting = new Set<Question>();
          let count = 0;
          for (const done of deeds) {
            if ("add" in done) {
              const entry = question(`${count++}`, done.add, done.failures);
              waiting.add(entry);
              pool.add(entry);
            } else if ("take" in done) {
              const seen = pool.peek(done.take);
              const taken = pool.take(done.take);
              expect(taken).toEqual(seen);
              expect(taken).toHaveLength(Math.min(done.take, waiting.size));
              for (const entry of taken) expect(waiting.delete(entry)).toBe(true);
            } else {
              const [entry] = [...waiting].slice(done.remove);
              if (entry) pool.remove(entry);
              if (entry) waiting.delete(entry);
            }
            expect(pool.size).toBe(waiting.size);
          }
          expect(new Set(pool.takeAll())).toEqual(waiting);
        },
      ),
    );
  });

  it("of every batch get on equally while all have some left", () => {
    const sizes = fc.array(fc.integer({ min: 30, max: 60 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 8 }), (batches, takes) => {
        const pool = inOrder();
        for (const [batch, size] of batches.entries()) {
          for (let n = 0; n < size; n++) pool.add(question(`${n}`, `${batch}`));
        }
        const served = takes.flatMap((count) => pool.take(count));
        const counts = batches.map((_, batch) => served.filter((entry) => entry.batch === `${batch}`).length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(takes.length);
      }),
    );
  });
});
