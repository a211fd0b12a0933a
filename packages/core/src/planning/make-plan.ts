import { type EstimateTerm, estimateRequests, estimateText } from "../pipeline/estimate.ts";
import type { LedgerStatus } from "../quota/ledger.ts";
import { advise } from "./advise.ts";
import type { StepRequests } from "./foreseen-desk.ts";
import type { LineBook } from "./line-book.ts";
import { type OutlinedStep, outlineOf } from "./outline.ts";
import type { PackSample } from "./pack-sample.ts";
import type { Plan, PlannedFinish, PlannedQuota, PlannedRequests, PlannedStep } from "./plan.ts";
import { foreseeOften } from "./play-often.ts";
import { finishTime, SendTimes } from "./send-times.ts";
import type { PlanTerms, Tally } from "./tally.ts";

/** What a plan is made with, beside what was counted. */
export interface PlanMaking extends PlanTerms {
  lines: Pick<LineBook, "mostOf">;
  samples: Pick<PackSample, "of">;
}

/** The plan that a tally comes to. */
export function makePlan(tally: Tally, making: PlanMaking): Plan {
  const { pipeline, outlook, concurrency } = making;
  const { quota } = outlook;
  const { now } = quota;
  const played = foreseeOften(tally.runs, { concurrency, now, openSends: () => new SendTimes(quota) });
  const { total, failed, completed, underWay, unique } = tally.documents;
  const failures = sum(failed.values());
  const toRun = total - failures - completed - underWay;
  const outline = outlineOf(pipeline);
  const steps = outline.map((outlined) =>
    outlined.isCertain
      ? certainStep(outlined, { counted: played.steps.get(outlined.step), tally, making })
      : uncertainStep(outlined, toRun),
  );
  const certain = steps.filter((_, index) => outline[index]?.isCertain);
  const requests = totalOf(steps, { certain, terms: estimateRequests(pipeline).terms, toRun });
  const documents = { total, unique, failed: { total: failures, codes: Object.fromEntries(failed) } };
  const plan = {
    pipeline: pipeline.name,
    version: pipeline.version,
    documents: { ...documents, answered: completed, underWay, toRun },
    steps,
    requests,
    promptTokens: sum(steps.map(({ promptTokens }) => promptTokens ?? 0)),
    finish: finishOf(requests, { quota, playedUntil: played.finishAt }),
    tooLong: tally.tooLong,
    quota: quotaOf(quota),
    concurrency,
  };
  return { ...plan, advice: advise(plan, making.samples) };
}

function certainStep(
  { step, definition, per }: OutlinedStep,
  { counted, tally, making }: { counted: StepRequests | undefined; tally: Tally; making: PlanMaking },
): PlannedStep {
  const { requests: asking = 0, samples = 0, questions: own = 0, promptTokens = 0 } = counted ?? {};
  const requests = asking + Math.round(samples);
  const questions = own + (tally.fused.get(step) ?? 0);
  const isPacked = definition.kind === "llm" && definition.pack !== null;
  return {
    step,
    questions: { min: questions, max: questions },
    cached: tally.cached.get(step) ?? 0,
    requests: { min: requests, max: requests },
    perRequest: asking > 0 ? own / asking : null,
    askedWith: tally.fusedWith.get(step) ?? null,
    isPacked,
    mostPerRequest: isPacked ? making.lines.mostOf(step) : 1,
    promptTokens,
    isEstimate: tally.estimated.has(step),
    per,
  };
}

/** No kind of question takes more into one request, unless its author says so. */
const MOST_ITEMS = 25;

function uncertainStep({ step, definition, questions, per }: OutlinedStep, toRun: number): PlannedStep {
  const pack = definition.kind === "llm" ? definition.pack : null;
  const mostPerRequest = pack ? (pack.maxItems ?? MOST_ITEMS) : 1;
  const all = { min: questions.min * toRun, max: questions.max * toRun };
  return {
    step,
    questions: all,
    cached: 0,
    requests: { min: Math.ceil(all.min / mostPerRequest), max: all.max },
    perRequest: null,
    askedWith: null,
    isPacked: pack !== null,
    mostPerRequest,
    promptTokens: null,
    isEstimate: true,
    per,
  };
}

/** Of several cases one run takes one: what is open takes less at most than all its steps together. */
function totalOf(
  steps: readonly PlannedStep[],
  of: { certain: readonly PlannedStep[]; terms: readonly EstimateTerm[]; toRun: number },
): PlannedRequests {
  const { certain, terms, toRun } = of;
  const once = steps.filter(({ per }) => per === null);
  const mostEach = terms.find(({ per }) => per.length === 0)?.max ?? 0;
  const open = (mostEach - certain.length) * toRun;
  const several = terms.filter(({ per }) => per.length > 0);
  return {
    min: sum(once.map(({ requests }) => requests.min)),
    max: sum(certain.map(({ requests }) => requests.max)) + open,
    perItem: several.length > 0 ? estimateText(several) : null,
    unpacked: {
      min: sum(once.map(({ questions }) => questions.min)),
      max: sum(certain.map(({ questions }) => questions.max)) + open,
    },
  };
}

function finishOf(
  { min, max, unpacked }: PlannedRequests,
  { quota, playedUntil }: { quota: LedgerStatus; playedUntil: number },
): PlannedFinish {
  const atLeast = (requests: number) => {
    const at = finishTime(requests, quota, quota.now);
    return at === null ? null : Math.max(at, playedUntil);
  };
  return { earliest: atLeast(min), latest: atLeast(max), unpacked: atLeast(unpacked.max) };
}

function quotaOf({
  now,
  perMinute,
  usedInWindow,
  perDay,
  usedToday,
  dayEndsAt,
  halted,
  pace,
}: LedgerStatus): PlannedQuota {
  const left = (limit: number, used: number) => Math.max(0, limit - used);
  return {
    now,
    minute: { limit: perMinute, used: usedInWindow, left: left(perMinute, usedInWindow) },
    day: { limit: perDay, used: usedToday, left: left(perDay - pace.reserved, usedToday), endsAt: dayEndsAt },
    halted,
  };
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const one of numbers) total += one;
  return total;
}
