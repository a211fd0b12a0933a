import type { History } from "./history.ts";

/** What the fault allows. */
export interface Allowed {
  /** Requests beyond one for each document. Default 0. */
  extraRequests?: number;
  /** Requests beyond the limit of a minute: the server had lowered it without a word. Default 0. */
  overLimit?: number;
  /** Requests to a model that had got a price since, which the server refused. Default 0. */
  priced?: number;
  /** Documents whose recorded steps the store has lost, by name. Default none. */
  forgotten?: readonly string[];
  /** Documents whose runs may end in `failed` or `cancelled`, by name. Default none. */
  unfinished?: readonly string[];
}

/** What the checker knows of the world. */
export interface Expected {
  /** Outputs of the fault-free run, as JSON text by document. */
  outputs: ReadonlyMap<string, string>;
  /** The server's limit: so many requests in any `minuteMs`. */
  perMinute: number;
  minuteMs: number;
  /** What must stand nowhere, in any form. */
  secret: string;
}

/** An invariant that was broken, in words; `I4: …`. */
export type Violation = string;

/** Holds what happened against the invariants I1 to I8; empty when all of them hold. */
export function checkHistory(history: History, expected: Expected, allowed: Allowed = {}): Violation[] {
  return [
    ...withinLimit(history, expected, allowed),
    ...nothingAskedTwice(history, allowed),
    ...everyRunEnds(history, allowed),
    ...sameResults(history, expected, allowed),
    ...boundedWaste(history, allowed),
    ...ledgerCountsAll(history),
    ...noSecret(history, expected),
    ...onlyFree(history, allowed),
  ];
}

/** I1: no more arrivals than the limit in any minute, and so in no clock minute either. */
function withinLimit(
  { arrivals }: History,
  { perMinute, minuteMs }: Expected,
  { overLimit = 0 }: Allowed,
): Violation[] {
  const times = arrivals.map(({ at }) => at).sort((one, other) => one - other);
  const tooMany = times.some((at, index) => {
    const before = times[index - perMinute - overLimit];
    return before !== undefined && at - before < minuteMs;
  });
  return tooMany ? [`I1: more than ${perMinute} requests arrived within a minute`] : [];
}

/** I2: a step with a recorded output is not requested again. */
function nothingAskedTwice({ arrivals, recorded, runs }: History, { forgotten = [] }: Allowed): Violation[] {
  const documentOf = new Map(runs.map(({ record }) => [record.id, record.document.name]));
  return recorded
    .filter(({ step }) => step === "summarise")
    .filter(({ run }) => !forgotten.includes(documentOf.get(run) ?? ""))
    .filter(({ run, at }) => arrivals.some((one) => one.document === documentOf.get(run) && one.at > at))
    .map(({ run }) => `I2: run ${run} was asked again after its answer was recorded`);
}

const terminal: readonly string[] = ["completed", "failed", "cancelled"];

/** I3: every accepted document has one run, which ended once. */
function everyRunEnds({ accepted, runs }: History, { unfinished = [] }: Allowed): Violation[] {
  const violations: Violation[] = [];
  for (const name of accepted) {
    const own = runs.filter(({ record }) => record.document.name === name);
    if (own.length !== 1) violations.push(`I3: ${name} was accepted and has ${own.length} runs`);
  }
  for (const { record } of runs) {
    const { id, status, document, error } = record;
    const ends = record.history.filter((moment) => terminal.includes(moment.status)).length;
    if (!terminal.includes(status)) violations.push(`I3: run ${id} of ${document.name} is still ${status}`);
    else if (ends !== 1) violations.push(`I3: run ${id} ended ${ends} times`);
    else if (status !== "completed" && !unfinished.includes(document.name)) {
      violations.push(`I3: run ${id} of ${document.name} is ${status}: ${error?.code} ${error?.message}`);
    }
  }
  return violations;
}

/** I4: results are byte for byte those of a run without faults. */
function sameResults({ runs }: History, { outputs }: Expected, { unfinished = [] }: Allowed): Violation[] {
  return runs
    .filter(({ record }) => !unfinished.includes(record.document.name))
    .filter(({ record, output }) => output !== outputs.get(record.document.name))
    .map(({ record, output }) => `I4: ${record.document.name} gave ${output}`);
}

/** I5: the requests beyond one for each document are bounded. */
function boundedWaste({ arrivals, runs }: History, { extraRequests = 0 }: Allowed): Violation[] {
  const extra = arrivals.length - new Set(arrivals.map(({ document }) => document)).size;
  if (extra <= extraRequests) return [];
  return [
    `I5: ${arrivals.length} requests for ${runs.length} runs: ${extra} extra, allowed ${extraRequests}`,
  ];
}

/** I6: the ledger counts at least what the server has counted. */
function ledgerCountsAll({ ledgerUsed, serverUsed }: History): Violation[] {
  return ledgerUsed >= serverUsed ? [] : [`I6: the ledger counts ${ledgerUsed}, the server ${serverUsed}`];
}

/** I7: the key stands nowhere, neither as it is nor encoded. */
function noSecret({ texts }: History, { secret }: Expected): Violation[] {
  const forms = [
    secret,
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    Buffer.from(secret).toString("hex"),
  ];
  const found = texts.some((text) => forms.some((form) => text.includes(form)));
  return found ? ["I7: the key stands in what was printed or stored"] : [];
}

/** I8: only free models were asked, and of others none answered. */
function onlyFree({ arrivals }: History, { priced = 0 }: Allowed): Violation[] {
  const dear = arrivals.filter(({ isFree, model }) => !isFree || !model.endsWith(":free"));
  const isAllowed = dear.length <= priced && dear.every(({ status }) => status === 404);
  return isAllowed ? [] : dear.map(({ model }) => `I8: ${model} was asked`);
}
