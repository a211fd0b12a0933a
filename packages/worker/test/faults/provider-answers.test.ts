import type { Fault } from "@sluice/simulator";
import { expect } from "vitest";
import { faultRow } from "./fault-row.ts";
import { playFaults, roomyAccount } from "./play-faults.ts";
import { referenceOutputs } from "./reference.ts";
import { onEachBackend } from "./worlds.ts";

/** An answer that fits, as it comes for this document where nothing fails, with other text around it. */
async function answerWith(document: string, around: (summary: string) => string): Promise<Fault[]> {
  const outputs = await referenceOutputs([document], "summaries");
  const { summary } = JSON.parse(outputs.get(document) ?? "") as { summary: string };
  return [{ kind: "text", content: around(`"summary": ${JSON.stringify(summary)}`) }];
}

const POLLUTED = '"__proto__": {"polluted": 1}, "constructor": {"prototype": {"polluted": 1}}';

onEachBackend(
  "models answer badly",
  ["redis"],
  (world) => {
    faultRow("50", async () => {
      const { asked } = await playFaults(world(), [
        { kind: "error-in-200" },
        { kind: "choice-error" },
        { kind: "sse-error" },
      ]);
      expect(new Set(asked).size).toBe(4);
      const gone = await playFaults(world(), [{ kind: "error-in-200", code: 404 }]);
      expect(new Set(gone.asked).size).toBe(2);
    });

    faultRow("51", async () => {
      const empty = await playFaults(world(), [{ kind: "empty" }]);
      expect(new Set(empty.asked).size).toBe(2);
      for (const kind of ["truncated", "reasoning-ate-budget"] as const) {
        const { asked } = await playFaults(world(), [{ kind }]);
        expect(new Set(asked).size).toBe(1);
        const again = await playFaults(world(), [{ kind }, { kind }]);
        expect(new Set(again.asked).size).toBe(2);
      }
    });

    faultRow("52", async () => {
      const inTalk = (name: string) =>
        answerWith(name, (summary) => `Here it is: {${summary}} I hope that helps.`);
      await playFaults(world(), [{ kind: "fenced" }], { extraRequests: 0 });
      await playFaults(world(), inTalk, { extraRequests: 0 });
      const repaired = await playFaults(world(), [{ kind: "prose" }]);
      expect(new Set(repaired.asked).size).toBe(1);
      const left = await playFaults(world(), [{ kind: "prose" }, { kind: "prose" }]);
      expect(new Set(left.asked).size).toBe(2);
    });

    faultRow("53", async () => {
      const repaired = await playFaults(world(), [{ kind: "wrong-schema" }]);
      expect(new Set(repaired.asked).size).toBe(1);
      const hostile = (name: string) =>
        answerWith(name, (summary) => `{${summary}, "more": [1], ${POLLUTED}}`);
      await playFaults(world(), hostile, { extraRequests: 0 });
      expect("polluted" in {}).toBe(false);
    });

    faultRow("54", async () => {
      const { runs } = await playFaults(world(), [{ kind: "other-model", model: "acme/gold" }], {
        extraRequests: 0,
      });
      expect(runs[0]?.models).toEqual(["acme/gold"]);
    });
  },
  roomyAccount(),
);
