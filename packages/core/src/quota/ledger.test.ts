import { createLedger } from "./cell-ledger.ts";
import { ledgerTestsuite } from "./ledger.testsuite.ts";
import { MemoryCell } from "./state-cell.ts";

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
