import { SluiceError } from "../errors/sluice-error.ts";
import { validInput } from "../executor/pipeline-body.ts";
import type { RunDocumentName } from "../executor/run-context.ts";
import { requestKey } from "../models/request-key.ts";
import { isRecord } from "../shared/json.ts";
import type { ForeseenQuestion } from "./foresee-question.ts";
import { foreseeRun, type QuestionListener } from "./foresee-run.ts";
import type { Ask } from "./foreseen-desk.ts";
import { LineBook } from "./line-book.ts";
import { makePlan } from "./make-plan.ts";
import { PackSample } from "./pack-sample.ts";
import type { Plan } from "./plan.ts";
import type { PlanTerms, Tally } from "./tally.ts";

/** A document of a batch to be: its input, or the error that it gave in its place. */
export type PlanItem = { document: RunDocumentName } & (
  | {
      input: unknown;
      /** The run that exists for it; absent when there is none that counts. */
      run?: "completed" | "under-way" | undefined;
    }
  | { error: { code: string } }
);

const SHOWN_TOO_LONG = 20;
/** Half of a SHA-256 is enough to tell contents apart. */
const KEY_LENGTH = 32;

/**
 * Plans a batch document by document, and asks no model. Of a document it keeps the sizes of its questions, never a text.
 *
 * ```ts
 * const planner = new BatchPlanner({ pipeline, models, outlook: await models.outlook(), concurrency: 64 });
 * for await (const item of items) await planner.add(item);
 * const { requests, finish } = planner.plan();
 * ```
 */
export class BatchPlanner {
  readonly #terms: PlanTerms;
  readonly #lines: LineBook;
  readonly #samples = new PackSample();
  readonly #contents = new Set<string>();
  readonly #asked = new Set<string>();
  readonly #tally: Tally = {
    documents: { total: 0, failed: new Map(), completed: 0, underWay: 0, unique: 0 },
    runs: [],
    cached: new Map(),
    estimated: new Set(),
    fusedWith: new Map(),
    fused: new Map(),
    tooLong: { total: 0, first: [] },
  };

  constructor(terms: PlanTerms) {
    this.#terms = terms;
    this.#lines = new LineBook(terms.outlook);
  }

  /** Takes the next document in. */
  async add(item: PlanItem): Promise<void> {
    const { documents } = this.#tally;
    documents.total += 1;
    if ("error" in item) return this.#fail(item.error.code);
    if (item.document.id !== null) this.#contents.add(item.document.id.slice(0, KEY_LENGTH));
    else documents.unique += 1;
    if (item.run === "completed") documents.completed += 1;
    else if (item.run === "under-way") documents.underWay += 1;
    else await this.#foresee(item.document, item.input);
  }

  /** The plan for the documents that were taken in. */
  plan(): Plan {
    const { documents } = this.#tally;
    const tally = {
      ...this.#tally,
      documents: { ...documents, unique: documents.unique + this.#contents.size },
    };
    return makePlan(tally, { ...this.#terms, lines: this.#lines, samples: this.#samples });
  }

  #fail(code: string): void {
    count(this.#tally.documents.failed, code);
  }

  async #foresee(document: RunDocumentName, given: unknown): Promise<void> {
    const { pipeline } = this.#terms;
    const asks: Ask[] = [];
    try {
      const input = await validInput(pipeline, given);
      const listener = this.#listenerFor(document, asks);
      await foreseeRun(pipeline, input, { fuses: pipeline.fuse, ownText: ownTextOf(given), listener });
    } catch (error) {
      if (!SluiceError.has(error, "INPUT_INVALID")) throw error;
      return this.#fail(error.code);
    }
    if (asks.length > 0) this.#tally.runs.push(asks);
  }

  #listenerFor(document: RunDocumentName, asks: Ask[]): QuestionListener {
    const { cached, fusedWith, fused } = this.#tally;
    return {
      find: (question) => this.#find(question, document),
      fits: (request) => this.#terms.outlook.foresee(request).candidate !== undefined,
      onFound: (step) => count(cached, step),
      onQuestion: (question) => this.#take(question, { document, asks }),
      onFused: (steps, first) => {
        for (const step of steps) {
          fusedWith.set(step, first);
          count(fused, step);
        }
      },
    };
  }

  /** In the cache, or asked for another document of this batch: equal questions are bought once. */
  async #find(question: FoundQuestion, document: RunDocumentName): Promise<{ value?: unknown } | undefined> {
    const { models, fresh = false } = this.#terms;
    const { request, isEstimate } = question;
    if (fresh || !request.cache) return undefined;
    if (this.#asked.has(keyOf(question, document))) return {};
    return isEstimate ? undefined : models.recall(request, { fresh }).catch(() => undefined);
  }

  async #take(
    question: ForeseenQuestion,
    { document, asks }: { document: RunDocumentName; asks: Ask[] },
  ): Promise<boolean> {
    const { step, request, answers, isEstimate } = question;
    const { candidate, promptTokens, mostPromptTokens } = this.#terms.outlook.foresee(request);
    if (!candidate) {
      const { tooLong } = this.#tally;
      tooLong.total += 1;
      const isShown = tooLong.first.length < SHOWN_TOO_LONG;
      if (isShown) tooLong.first.push({ document: document.name, step, promptTokens, mostPromptTokens });
      return false;
    }
    if (isEstimate) this.#tally.estimated.add(step);
    for (const answered of answers) this.#asked.add(keyOf({ step, isEstimate, request: answered }, document));
    asks.push(await this.#lines.askOf(question, { candidate, promptTokens }));
    await this.#samples.take(question);
    return true;
  }
}

type FoundQuestion = Parameters<QuestionListener["find"]>[0];

/** Equal for questions that one answer serves. */
function keyOf({ step, request, isEstimate }: FoundQuestion, { id, name }: RunDocumentName): string {
  return isEstimate ? `${step}/${id ?? name}` : requestKey(request, "").slice(0, KEY_LENGTH);
}

function count(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The text of a document; of any other input its JSON. */
function ownTextOf(input: unknown): string {
  if (isRecord(input) && typeof input["text"] === "string") return input["text"];
  return JSON.stringify(input) ?? "";
}
