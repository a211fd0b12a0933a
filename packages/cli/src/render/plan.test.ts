import { DAY_MS, HOUR_MS, type Plan, type PlannedStep } from "@sluice/core";
import { expect, test } from "vitest";
import { planData, renderPlan } from "./plan.ts";
import { renderPackTrust } from "./runs.ts";
import { widthOf } from "./table.ts";

const now = Date.UTC(2026, 10, 22, 12);
const step: PlannedStep = {
  ...{ step: "kind", questions: { min: 290, max: 290 }, cached: 12, requests: { min: 41, max: 41 } },
  ...{ perRequest: 13.81, askedWith: null, isPacked: true, mostPerRequest: 25 },
  ...{ promptTokens: 54_300, isEstimate: false, per: null },
};
const plan: Plan = {
  ...{ pipeline: "letters", version: 1, steps: [step], promptTokens: 54_300, concurrency: 64, advice: [] },
  documents: {
    ...{ total: 312, unique: 300, answered: 5, underWay: 2, toRun: 303 },
    failed: { total: 2, codes: { DOCUMENT_EMPTY: 1, DOCUMENT_LOCKED: 1 } },
  },
  requests: { min: 41, max: 41, perItem: null, unpacked: { min: 290, max: 290 } },
  finish: { earliest: now + HOUR_MS, latest: now + HOUR_MS, unpacked: now + 6 * DAY_MS },
  tooLong: { total: 0, first: [] },
  quota: {
    ...{ now, minute: { limit: 20, used: 0, left: 20 }, halted: null },
    day: { limit: 50, used: 3, left: 46, endsAt: now + 12 * HOUR_MS },
  },
};

/** What depends on the time zone of whoever runs the test. */
const withoutLocalTime = (text: string) => text.replace(/\(\d\d:\d\d local\)/g, "(local)");

test("says the whole in one line, then where documents, account and steps stand", () => {
  expect(withoutLocalTime(renderPlan(plan))).toMatchInlineSnapshot(`
    "312 documents, 41 requests, done today 13:00 UTC (local); without packing:
    7 days

    documents   312, 300 of them with a content of their own
    unreadable  2 (DOCUMENT_EMPTY 1, DOCUMENT_LOCKED 1)
    answered    5, by runs that are completed
    under way   2, in other batches; what they take is not counted here
    to run      303
    requests    41
    unpacked    290 requests
    prompts     about 54300 tokens in all
    minute      0 of 20 used, 20 left
    UTC day     3 of 50 used, 46 left for pipelines until 00:00 UTC (local)

    step  questions  requests  each         cached  tokens
    ────  ─────────  ────────  ───────────  ──────  ──────
    kind  290        41        13.8 (≤ 25)  12      54300"
  `);
});

test("tells ranges, other days and what only a run knows", () => {
  const open = {
    ...plan,
    requests: { ...plan.requests, max: 60, perItem: "1 per item of notes", unpacked: { min: 60, max: 60 } },
    finish: { earliest: now + 13 * HOUR_MS, latest: now + 3 * DAY_MS, unpacked: now + 3 * DAY_MS },
    steps: [
      { ...step, isEstimate: true },
      { ...step, step: "tags", requests: { min: 0, max: 0 }, perRequest: null, askedWith: "kind" },
      { ...step, step: "notes/*/note", promptTokens: null, per: "item of notes", perRequest: null },
    ],
  };
  const text = withoutLocalTime(renderPlan(open));
  const [headline = ""] = text.split("\n\n");
  expect(headline.replace("\n", " ")).toBe(
    "312 documents, 41 to 60 requests and 1 per item of notes, done between tomorrow 01:00 UTC (local) and 2026-11-25 12:00 UTC",
  );
  expect(text).toContain("~54300");
  expect(text).toMatch(/^tags .* with kind/m);
});

test("names what fits no model and what to change, and stays within 80 columns", () => {
  const long = {
    document: `${"very/".repeat(20)}long.pdf`,
    step: "kind",
    promptTokens: 9,
    mostPromptTokens: 8,
  };
  const advice = [{ code: "chunk" as const, step: "kind", text: "Cut them. ".repeat(30).trim() }];
  const text = renderPlan({ ...plan, tooLong: { total: 7, first: Array(6).fill(long) }, advice });
  expect(text).toContain("(2 more)");
  expect(text).toMatch(/^- Cut them\./m);
  for (const line of text.split("\n")) expect(widthOf(line)).toBeLessThanOrEqual(80);
});

test("gives data with times as ISO 8601, and none while the account is halted", () => {
  expect(planData(plan).finish.latest).toBe("2026-11-22T13:00:00.000Z");
  const halted = { ...plan, finish: { earliest: null, latest: null, unpacked: null } };
  expect(planData(halted).finish).toEqual({ earliest: null, latest: null, unpacked: null });
  expect(renderPlan(halted)).toContain("not before the account is resumed");
});

test("shows how far packed answers are trusted, where there are any", () => {
  expect(renderPackTrust([])).toBe("");
  const learnt = { step: "kind", model: "a/b:free", size: 17 };
  const text = renderPackTrust([
    { ...learnt, agreement: 0.953 },
    { ...learnt, step: "facts", agreement: null },
  ]);
  expect(text).toMatch(/^kind +a\/b:free +17 +95 %$/m);
  expect(text).toMatch(/^facts +a\/b:free +17 +not known yet$/m);
});
