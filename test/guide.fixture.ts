import { expect } from "vitest";

/** What a pipeline of the guide is run on, what it then gives, and what that costs. */
interface GuideRun {
  input: unknown;
  /** The output, or a matcher. */
  output: unknown;
  requests: number;
}

const invoice = "Invoice of ACME GmbH, Germany. Total: 120.50 EUR. Due 2026-12-01.";

/** The runs of the pipelines that the guide exports, by their names. */
export const guideRuns: Readonly<Record<string, GuideRun>> = {
  invoices: { input: { text: invoice }, output: 1, requests: 1 },
  taxes: { input: { text: invoice }, output: 1, requests: 2 },
  sizes: { input: { text: "one two  three" }, output: { words: 3 }, requests: 0 },
  amounts: { input: { text: "rent 800.00\nthank you" }, output: 1, requests: 0 },
  digests: { input: { text: "The tide turns at noon. ".repeat(60) }, output: expect.any(String), requests: 1 },
  letters: { input: { text: invoice }, output: 1, requests: 3 },
  inbox: { input: { text: invoice }, output: 1, requests: 2 },
  shortening: { input: { text: "The tide turns at noon, the ferry leaves at one." }, output: 1, requests: 0 },
  newspaper: { input: { articles: [invoice, "The tide turns at noon."] }, output: 1, requests: 2 },
  embargoed: { input: { text: invoice, publishAt: "2020-01-01T00:00:00Z" }, output: invoice, requests: 0 },
};
