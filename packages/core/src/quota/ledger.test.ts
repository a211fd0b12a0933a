import { describe, expect, it } from "vitest";
import { createLedger } from "./cell-ledger.ts";
import { ledgerTestsuite } from "./ledger.testsuite.ts";
import { MemoryCell, type StateCell } from "./state-cell.ts";

ledgerTestsuite("memory", async () => {
  let cell: MemoryCell | undefined;
  return {
    open: ({ clock, rules }) => {
      cell ??= new MemoryCell(clock);
      return createLedger({ cell, rules, clock });
    },
    close: async () => {},
  };
});

describe("a ledger on a slow store", () => {
  it("keeps the permit that it won, however long the races took that it lost before", async () => {
    let now = 0;
    const clock = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
      },
    };
    const memory = new MemoryCell(clock);
    let swaps = 0;
    const slow: StateCell = {
      read: () => memory.read(),
      swap: async (expected, next) => {
        now += 600;
        swaps += 1;
        return swaps > 3 && memory.swap(expected, next);
      },
    };
    const ledger = createLedger({ cell: slow, clock });
    const permit = await ledger.acquire();
    expect({ swaps, sendBy: permit.sendBy }).toEqual({ swaps: 4, sendBy: 3 * 600 + 1_500 });
    expect(await ledger.status()).toMatchObject({ usedToday: 1 });
  });
});
