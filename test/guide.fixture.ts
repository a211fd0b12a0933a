import { expect } from "vitest";

/** What a pipeline of the guide is run on, what becomes of that, and what it costs. */
type GuideRun = { input: unknown } & (
  | {
      /** The output, or a matcher; left out where the guide itself shows it. */
      output?: unknown;
      requests: number;
    }
  /** The run rests, with an error like this. */
  | { error: unknown }
);

const invoice = "Invoice of ACME GmbH, Germany. Total: 120.50 EUR. Due 2026-12-01.";
const lease =
  "Lease between Anna Berg and Carl Dorn. Signed on 2026-03-02. The notice period is three months. The rent is 800 EUR.";
const text = expect.any(String);

/** The runs of the pipelines that the guide exports, by the pipelines' names. */
export const guideRuns: Readonly<Record<string, GuideRun>> = {
  amounts: { input: { text: "rent 800.00\nthank you" }, requests: 0 },
  contracts: { input: { text: lease }, output: [text], requests: 4 },
  digests: { input: { text: "The tide turns at noon. ".repeat(60) }, output: text, requests: 3 },
  dossier: {
    input: { text: invoice },
    output: { label: "invoice", vendor: "ACME GmbH", total: 120.5 },
    requests: 1,
  },
  embargoed: { input: { text: invoice, publishAt: "2020-01-01T00:00:00Z" }, output: invoice, requests: 0 },
  fahrenheit: { input: 100, output: 212, requests: 0 },
  inbox: { input: { text: invoice }, output: { total: 120.5 }, requests: 2 },
  invoices: {
    input: { text: invoice },
    output: { vendor: "ACME GmbH", total: 120.5, due: "2026-12-01" },
    requests: 1,
  },
  letters: { input: { text: invoice }, output: { sender: { name: text }, reply: text }, requests: 2 },
  newspaper: { input: { articles: [invoice, "The tide turns at noon."] }, output: [text, text], requests: 2 },
  payments: {
    input: { vendor: "ACME GmbH", total: 120.5 },
    error: { code: "WAITING", question: "Pay 120.5 to ACME GmbH?", until: expect.any(Number) },
  },
  shortening: {
    input: { text: "The tide turns at noon, the ferry leaves." },
    output: { text: "The tide turns at" },
    requests: 0,
  },
  sizes: { input: { text: "one two  three" }, output: { words: 3 }, requests: 0 },
  vendors: { input: { text: invoice }, output: { vendor: "ACME GmbH" }, requests: 1 },
  taxes: { input: { text: invoice }, output: { percent: 19 }, requests: 2 },
};
