/**
 * What goes wrong, row by row: the faults that the next requests meet, whatever model they ask unless one is named.
 *
 * @typedef {object} Row
 * @property {string} name
 * @property {import("@sluice/simulator").Fault[]} faults
 * @property {string} [model] the only model that fails
 * @property {number} [questions] asked one after the other; default 1
 * @property {number} [usedByOthers] requests of the day that another program has used
 */

/** The model that LangChain is told to ask, and the first that Sluice's router chooses. */
export const MODEL = "nvidia/nemotron-3-super-120b-a12b:free";

const repeat = (fault, times) => Array.from({ length: times }, () => fault);

/** @type {Row[]} */
export const faultTable = [
  { name: "no fault", faults: [] },
  { name: "JSON in a fence", faults: [{ kind: "fenced" }] },
  { name: "prose", faults: [{ kind: "prose" }] },
  { name: "prose twice", faults: repeat({ kind: "prose" }, 2) },
  { name: "wrong schema", faults: [{ kind: "wrong-schema" }] },
  { name: "cut answer", faults: [{ kind: "truncated" }] },
  { name: "empty answer", faults: [{ kind: "empty" }] },
  { name: "reasoning ate the budget", faults: [{ kind: "reasoning-ate-budget" }] },
  { name: "upstream 429", faults: [{ kind: "upstream-429" }] },
  { name: "upstream 429, Retry-After 5 s", faults: [{ kind: "upstream-429", retryAfterSeconds: 5 }] },
  { name: "the model's own cap", faults: [{ kind: "model-cap-429" }] },
  { name: "503", faults: [{ kind: "http", status: 503 }] },
  { name: "503, then upstream 429", faults: [{ kind: "http", status: 503 }, { kind: "upstream-429" }] },
  { name: "503 for a while (8 requests)", faults: repeat({ kind: "http", status: 503 }, 8) },
  {
    name: "503 from one model all day, 5 questions",
    faults: repeat({ kind: "http", status: 503 }, 40),
    model: MODEL,
    questions: 5,
  },
  { name: "HTML page of a proxy", faults: [{ kind: "html-502" }] },
  { name: "error inside a 200", faults: [{ kind: "error-in-200" }] },
  { name: "error inside a 200, then prose", faults: [{ kind: "error-in-200" }, { kind: "prose" }] },
  { name: "choice that broke off", faults: [{ kind: "choice-error" }] },
  { name: "connection lost", faults: [{ kind: "reset" }] },
  { name: "no answer at all", faults: [{ kind: "hang" }] },
  { name: "free variant ended", faults: [{ kind: "vanished" }] },
  { name: "bare 404", faults: [{ kind: "no-endpoints-404" }] },
  { name: "moderated prompt", faults: [{ kind: "moderation-403" }] },
  { name: "bad key, 5 questions", faults: repeat({ kind: "unauthorized-401" }, 5), questions: 5 },
  {
    name: "a cost on a free model, 5 questions",
    faults: repeat({ kind: "cost", cost: 0.01 }, 5),
    questions: 5,
  },
  { name: "day spent by others, 5 questions", faults: [], questions: 5, usedByOthers: 50 },
];
