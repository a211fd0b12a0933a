import { expect, test } from "vitest";
import { type ModelRow, renderCatalogueLine, renderModels } from "./models.ts";

const row: ModelRow = {
  id: "a/one-7b:free",
  contextTokens: 131_072,
  outputTokens: 900,
  schema: true,
  tools: false,
  expires: null,
  resting: null,
  refused: null,
};

test("has columns for rests and reasons only where there is one", () => {
  expect(renderModels([row], 120)).toMatchInlineSnapshot(`
    "model          context  answer  schema  tools
    ─────────────  ───────  ──────  ──────  ─────
    a/one-7b:free  131k     900     yes"
  `);
  const others = [
    { ...row, id: "a/two:free", resting: "gone" },
    { ...row, id: "a/three", refused: 'its id does not end in ":free"' },
  ];
  expect(renderModels(others, 120)).toMatchInlineSnapshot(`
    "model       context  answer  schema  tools  resting until  refused because
    ──────────  ───────  ──────  ──────  ─────  ─────────────  ──────────────────────────────
    a/two:free  131k     900     yes            gone
    a/three     131k     900     yes                           its id does not end in ":free""
  `);
});

const now = Date.UTC(2026, 10, 22, 12);

test.each([
  ["server", 0, "19 of 28 models are free, as the server says now. The others: --all"],
  [
    "stored",
    720_000,
    "19 models are free, as the server said 12 min ago (2026-11-22 11:48:00 UTC). Ask it again: --refresh",
  ],
  [
    "snapshot",
    86_400_000,
    "The server cannot be reached; these 19 models were free at 2026-11-21 12:00:00 UTC, before this release.",
  ],
] as const)("tells source and age of a catalogue from the %s", (source, ageMs, line) => {
  expect(renderCatalogueLine({ source, fetchedAt: now - ageMs, free: 19, total: 28, now })).toBe(line);
});
