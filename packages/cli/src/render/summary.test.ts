import { expect, test } from "vitest";
import { renderRest } from "./summary.ts";

const progress = { finished: 2, total: 5 };
const parked = { until: Date.UTC(2026, 0, 2), why: "day" };

test("names what the rest of a batch waits for, and the command that goes on", () => {
  const asking = { count: 2, runId: "k7w2m9qd41zx" };
  expect(renderRest({ kind: "resting", parked: null, paused: [], asking }, progress, "npx sluice")).toBe(
    "2 of 5 done; 2 runs wait for a decision: `npx sluice approve k7w2m9qd41zx`",
  );
  expect(
    renderRest({ kind: "resting", parked, paused: [], asking: { ...asking, count: 1 } }, progress, "sluice"),
  ).toMatch(
    /^2 of 5 done; the free day is spent; resumes 00:00 UTC \(.*\): `sluice worker --drain`; 1 run waits for a decision: `sluice approve k7w2m9qd41zx`$/,
  );
});

test("names what is paused, and the command that ends it", () => {
  const rest = { kind: "resting", parked: null, paused: ["letters", "notes"], asking: null } as const;
  expect(renderRest(rest, progress, "sluice")).toBe(
    "2 of 5 done; pipeline letters is paused: `sluice queue resume letters`; pipeline notes is paused: `sluice queue resume notes`",
  );
  expect(renderRest({ kind: "paused" }, progress, "sluice")).toBe(
    "2 of 5 done; the queue is paused: `sluice queue resume`",
  );
});
