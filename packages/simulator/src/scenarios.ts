import type { Scenario } from "./faults.ts";

/** Ready scenarios by name. */
export const scenarios = {
  /** Nothing goes wrong. */
  calm: { name: "calm", faults: [] },
  /** A bad afternoon on the free tier: about four requests in ten fail, in every common way. */
  flaky: {
    name: "flaky",
    faults: [],
    seed: 7,
    rates: [
      { fault: { kind: "upstream-429", retryAfterSeconds: 1 }, probability: 0.14 },
      { fault: { kind: "http", status: 503 }, probability: 0.05 },
      { fault: { kind: "http", status: 502 }, probability: 0.04 },
      { fault: { kind: "error-in-200" }, probability: 0.05 },
      { fault: { kind: "prose" }, probability: 0.05 },
      { fault: { kind: "empty" }, probability: 0.04 },
      { fault: { kind: "truncated" }, probability: 0.03 },
    ],
  },
  /** Answers arrive, but half of them are not the JSON that was asked for. */
  sloppy: {
    name: "sloppy",
    faults: [],
    seed: 11,
    rates: [
      { fault: { kind: "fenced" }, probability: 0.2 },
      { fault: { kind: "wrong-schema" }, probability: 0.15 },
      { fault: { kind: "truncated" }, probability: 0.1 },
      { fault: { kind: "prose" }, probability: 0.1 },
    ],
  },
  /** Popular free variants end one after the other, each error naming a paid model. */
  vanishing: {
    name: "vanishing",
    faults: [
      { model: "qwen/qwen3.8-27b:free", faults: [{ kind: "vanished" }] },
      { model: "nvidia/nemotron-3-super-120b-a12b:free", faults: [{ kind: "vanished" }] },
      { model: "google/gemma-4-31b-it:free", faults: [{ kind: "vanished" }] },
      { model: "dots-studio/dots-3-note-preview:free", faults: [{ kind: "no-endpoints-404" }] },
    ],
  },
  /** Every provider is congested for a while, then recovers. */
  congested: {
    name: "congested",
    faults: [
      {
        model: "*",
        faults: Array.from({ length: 6 }, () => ({ kind: "upstream-429", retryAfterSeconds: 2 }) as const),
      },
    ],
  },
  /** One free answer turns out to have been charged: a free-only client must stop at once. */
  charged: {
    name: "charged",
    faults: [{ model: "*", faults: [{ kind: "cost", cost: 0.0042 }] }],
  },
} as const satisfies Record<string, Scenario>;
