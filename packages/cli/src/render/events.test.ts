import { expect, test } from "vitest";
import { renderActivity, renderLog, renderWaiting } from "./events.ts";

const question = { runId: "k7w2", step: "pay/release", question: "Pay 12\nto ACME?", until: null };

test("a run that waits says what is asked, until when, and how to answer", () => {
  expect(renderWaiting("inbox/a.txt", question, "npx sluice")).toBe(
    "waits  inbox/a.txt at pay/release: Pay 12 to ACME? · answer: npx sluice approve k7w2",
  );
  const until = Date.UTC(2026, 0, 31, 14, 5, 9);
  expect(renderWaiting("inbox/a.txt", { ...question, until }, "sluice")).toBe(
    "waits  inbox/a.txt at pay/release: Pay 12 to ACME? (until 2026-01-31 14:05:09 UTC) · answer: sluice approve k7w2",
  );
});

test("what a code step says is one line, with its facts", () => {
  const said = { step: "rows", message: "read the table", facts: { rows: 12, whole: true } };
  expect(renderLog("inbox/a.txt", said)).toBe(
    "log    inbox/a.txt rows: read the table (rows=12, whole=true)",
  );
  expect(renderLog("inbox/a.txt", { ...said, message: "a\u001b[2Jb", facts: {} })).toBe(
    "log    inbox/a.txt rows: a\\u{1b}[2Jb",
  );
});

test("the bar counts the runs that wait for somebody", () => {
  const none = { queued: 0, running: 0, parked: 0, waiting: 0, completed: 0, failed: 0, cancelled: 0 };
  const counts = { ...none, waiting: 2, failed: 1 };
  expect(renderActivity(counts, { requests: 1, model: null })).toBe("1 failed, 2 waiting · 1 request");
});
