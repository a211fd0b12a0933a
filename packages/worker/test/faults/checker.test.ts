import type { RunRecord } from "@sluice/worker";
import { describe, expect, it } from "vitest";
import { checkHistory } from "./checker.ts";
import type { Arrival, History } from "./history.ts";

const expected = {
  outputs: new Map([["a.txt", '"A"']]),
  perMinute: 2,
  minuteMs: 1_000,
  secret: "sk-or-v1-CANARY",
};

const arrival: Arrival = {
  at: 10_000,
  document: "a.txt",
  model: "some/model:free",
  status: 200,
  isFree: true,
  isCounted: true,
};

const record = {
  id: "r1",
  document: { id: null, name: "a.txt" },
  status: "completed",
  error: null,
  history: [
    { status: "queued", at: 1 },
    { status: "running", at: 2 },
    { status: "completed", at: 3 },
  ],
} as unknown as RunRecord;

const sound: History = {
  accepted: ["a.txt"],
  arrivals: [arrival],
  runs: [{ record, output: '"A"' }],
  recorded: [{ at: 10_050, run: "r1", step: "summarise" }],
  ledgerUsed: 1,
  serverUsed: 1,
  texts: ["nothing of interest"],
};

const ended = (more: object) => [{ record: { ...record, ...more }, output: '"A"' }];
const later = { ...arrival, at: 12_000 };

describe("the checker of what happened", () => {
  it("finds nothing where nothing went wrong", () => {
    expect(checkHistory(sound, expected)).toEqual([]);
  });

  const broken: Array<[string, Partial<History>]> = [
    ["I1", { arrivals: [arrival, { ...arrival, at: 10_500 }, { ...arrival, at: 10_999 }] }],
    ["I2", { arrivals: [arrival, later] }],
    ["I3", { runs: [] }],
    ["I3", { runs: ended({ status: "running" }) }],
    ["I3", { runs: ended({ status: "failed" }) }],
    ["I3", { runs: ended({ history: [...record.history, { status: "completed", at: 4 }] }) }],
    ["I4", { runs: [{ record, output: '"B"' }] }],
    ["I5", { arrivals: [arrival, later], recorded: [] }],
    ["I6", { ledgerUsed: 0 }],
    ["I7", { texts: ["… sk-or-v1-CANARY …"] }],
    ["I7", { texts: [Buffer.from("sk-or-v1-CANARY").toString("base64")] }],
    ["I8", { arrivals: [{ ...arrival, isFree: false }] }],
    ["I8", { arrivals: [{ ...arrival, model: "some/model" }] }],
  ];
  it.each(broken)("tells a breach of %s: %j", (invariant, change) => {
    const violations = checkHistory({ ...sound, ...change }, expected);
    expect(violations.map((text) => text.slice(0, 2))).toContain(invariant);
  });

  it("allows what the fault allows", () => {
    const history = { ...sound, arrivals: [arrival, later], recorded: [], runs: ended({ status: "failed" }) };
    expect(checkHistory(history, expected, { extraRequests: 1, unfinished: ["a.txt"] })).toEqual([]);
  });
});
