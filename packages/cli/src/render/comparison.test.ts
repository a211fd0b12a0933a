import { expect, test } from "vitest";
import { type ComparedAnswer, renderComparison } from "./comparison.ts";

const good: ComparedAnswer = {
  model: "a/one:free",
  answer: "A sluice is a gate that lets water through a little at a time.\n\nIt is old.",
  finish: "ok",
  problem: null,
  latencyMs: 1_200,
  usage: { promptTokens: 12, completionTokens: 20 },
  requests: 1,
};

const bad: ComparedAnswer = {
  model: "b/two:free",
  answer: null,
  finish: "model-busy",
  problem: "HTTP 429: Provider returned error",
  latencyMs: 300,
  usage: { promptTokens: 0, completionTokens: 0 },
  requests: 1,
};

test("puts answers side by side where there is room", () => {
  expect(renderComparison([good, bad], 81)).toMatchInlineSnapshot(`
    "a/one:free                              │ b/two:free
    ok · 1.2 s · 12 + 20 tokens · 1 request │ model-busy · 300 ms · 1 request
    ─────────────────────────────────────── │ ───────────────────────────────────────
    A sluice is a gate that lets water      │ HTTP 429: Provider returned error
    through a little at a time.             │
                                            │
    It is old.                              │"
  `);
});

test("puts them one under the other where there is none", () => {
  expect(renderComparison([good, bad], 60)).toMatchInlineSnapshot(`
    "a/one:free
    ok · 1.2 s · 12 + 20 tokens · 1 request
    ────────────────────────────────────────────────────────────
    A sluice is a gate that lets water through a little at a
    time.

    It is old.

    b/two:free
    model-busy · 300 ms · 1 request
    ────────────────────────────────────────────────────────────
    HTTP 429: Provider returned error"
  `);
});

test("shows what a model writes and does not let the terminal obey it", () => {
  const text = renderComparison([{ ...good, answer: "\u001b[2Jgone" }, good], 120);
  expect(text).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(text).toContain("\\u{1b}[2Jgone");
});
