import type { PackFindings } from "./pack-sample.ts";
import type { Advice, Plan, PlannedStep } from "./plan.ts";

/** Fewer questions than this are not worth a change. */
const WORTHWHILE = 5;

/** What is worth changing before the batch is run, the most urgent first. */
export function advise(plan: Omit<Plan, "advice">, samples: { of(step: string): PackFindings }): Advice[] {
  return [
    ...adviseOnAccount(plan),
    ...adviseOnLength(plan),
    ...plan.steps.flatMap((step) => adviseOnPacking(step, samples.of(step.step))),
    ...adviseOnConcurrency(plan),
  ];
}

function adviseOnAccount({ quota }: Pick<Plan, "quota">): Advice[] {
  if (quota.halted === null) return [];
  const text = `The account is halted (${quota.halted}): nothing is sent until \`sluice quota resume\`.`;
  return [{ code: "halted", step: null, text }];
}

function adviseOnLength({ tooLong }: Pick<Plan, "tooLong">): Advice[] {
  const [first] = tooLong.first;
  if (!first) return [];
  const { step, mostPromptTokens } = first;
  if (mostPromptTokens === null) {
    const text = `No free model takes what step "${step}" asks, however short; see \`sluice models\`.`;
    return [{ code: "no-model", step, text }];
  }
  const many = tooLong.total === 1 ? "1 document is" : `${tooLong.total} documents are`;
  const text = `${many} too long for every free model; step "${step}" may send ${mostPromptTokens} tokens at most. Cut them with splitDocument() and ask in a map step.`;
  return [{ code: "chunk", step, text }];
}

function adviseOnPacking(planned: PlannedStep, found: PackFindings): Advice[] {
  const { step, questions, mostPerRequest } = planned;
  if (found.looked === 0 || questions.min < WORTHWHILE) return [];
  const isPacked = planned.isPacked;
  if (isPacked && found.unsplit > found.looked / 2) {
    const text = `Step "${step}" is not packed: its prompt does not let item and instructions be told apart. Put the document's text as it is in one place of the prompt.`;
    return [{ code: "prompt", step, text }];
  }
  const isWorth = found.packable > found.looked / 2 && found.size >= 2 && mostPerRequest === 1;
  if (isPacked || !isWorth) return [];
  const about = Math.ceil(questions.min / found.size);
  const text = `Step "${step}" asks about short items one by one. With \`pack: true\` about ${about} requests would do instead of ${questions.min}.`;
  return [{ code: "pack", step, text }];
}

/** Only runs at work can be asked together. */
function adviseOnConcurrency({ steps, concurrency, documents }: Omit<Plan, "advice">): Advice[] {
  const packed = steps.filter(({ mostPerRequest, questions }) => mostPerRequest > 1 && questions.max > 0);
  const largest = packed.reduce<PlannedStep | undefined>(
    (most, one) => (one.mostPerRequest > (most?.mostPerRequest ?? 0) ? one : most),
    undefined,
  );
  if (!largest || largest.mostPerRequest <= concurrency || documents.toRun <= concurrency) return [];
  const { step, mostPerRequest } = largest;
  const text = `Up to ${mostPerRequest} questions of step "${step}" fit one request, and only ${concurrency} ${concurrency === 1 ? "run is" : "runs are"} at work at the same time. Raise \`concurrency\` to ${2 * mostPerRequest} or more.`;
  return [{ code: "concurrency", step, text }];
}
