import { concernsQuestion } from "../../errors/answer-errors.ts";
import { randomId } from "../../shared/ids.ts";
import { askChain } from "../chain.ts";
import type { ChainDeps } from "../chain-deps.ts";
import type { AttemptReport, CallContext, ModelRequest } from "../model-request.ts";
import type { Route } from "../router.ts";
import { compareAlone } from "./compare-alone.ts";
import type { PackPlace } from "./pack.ts";
import type { PackBook, PackSubject } from "./pack-book.ts";
import type { AnsweredBy, BoughtAnswer, PackEntry } from "./pack-entry.ts";
import { PackMeter } from "./pack-meter.ts";
import { type GoodAnswer, type PackVerdict, packRequest } from "./pack-request.ts";
import type { Learnt } from "./pack-size.ts";
import { isSampled } from "./pack-trust.ts";

/** At least two questions of one key. */
export type PackEntries = readonly [PackEntry, PackEntry, ...PackEntry[]];

/** What a request of several items is sent with; the ledger gives the permit that is there already first. */
export interface SendPackDeps extends ChainDeps {
  book: PackBook;
  route<T>(request: ModelRequest<T>): Promise<Route>;
}

/**
 * Asks several questions in one request and settles those that got a valid answer.
 *
 * @returns the questions that are still open.
 * @throws what ends all of them: a closed account, a spent budget.
 */
export async function sendPack(
  entries: PackEntries,
  learnt: Learnt,
  deps: SendPackDeps,
): Promise<PackEntry[]> {
  const request = packRequest(entries, learnt, deps.random);
  const place = placesOf(entries);
  for (const entry of entries) entry.placed(place(entry));
  const attempts: AttemptReport[] = [];
  const { signal, end } = whenAllHaveLeft(entries);
  try {
    const route = await deps.route(request);
    const call = callOf(entries, { attempts, signal });
    const answer = await askChain(request, { route, call }, deps);
    const subject = subjectOf(entries, answer.model);
    const sampled = await chooseSampled(entries, answer.value.good, deps);
    for (const good of answer.value.good) {
      const settle = () => good.settle(shareOf(answer, place(good.entry)));
      if (good === sampled) void compareAlone(good, { settle, subject, book: deps.book });
      else settle();
    }
    await note(entries, { attempts, answer }, deps.book);
    return answer.value.bad.filter(({ isOpen }) => isOpen);
  } catch (error) {
    await note(entries, { attempts }, deps.book);
    if (!concernsQuestion(error)) throw error;
    return entries.filter(({ isOpen }) => isOpen);
  } finally {
    end();
  }
}

/** One of the answers, now and then, that is held against the one that the same item gets alone. */
async function chooseSampled(
  [{ terms, member }]: PackEntries,
  good: readonly GoodAnswer[],
  { ledger, random }: SendPackDeps,
): Promise<GoodAnswer | undefined> {
  const [whether, which] = [random(), random()];
  // The same text is seldom written twice.
  if (whether >= terms.sample || member.needs.isText) return undefined;
  const status = await ledger.status().catch(() => undefined);
  const isChosen = status && isSampled(terms.sample, status, whether);
  return isChosen ? good[Math.floor(which * good.length)] : undefined;
}

function subjectOf([{ member }]: PackEntries, model: string): PackSubject {
  return { kind: member.kind, bounds: member.bounds, model };
}

function placesOf(entries: PackEntries): (entry: PackEntry) => PackPlace {
  const id = randomId(8);
  return (entry) => ({ id, position: entries.indexOf(entry) + 1, size: entries.length });
}

/** One request in the name of all: the run that pays for it hears how it went. */
function callOf(
  entries: PackEntries,
  { attempts, signal }: { attempts: AttemptReport[]; signal: AbortSignal },
): CallContext {
  const [{ call }] = entries;
  const meter = new PackMeter(entries.map((entry) => entry.call.meter));
  return {
    ...{ flow: call.flow, weight: call.weight, maxWaitMs: call.maxWaitMs },
    label: `${call.label ?? "The question"}, asked with ${entries.length - 1} others,`,
    meter,
    signal,
    onAttempt(attempt) {
      attempts.push(attempt);
      entries[meter.payer]?.call.onAttempt?.(attempt);
    },
  };
}

/** A signal that aborts when nobody waits for any answer of the request; `end` stops listening for that. */
function whenAllHaveLeft(entries: PackEntries): { signal: AbortSignal; end(): void } {
  const stop = new AbortController();
  const left = (event: Event) => {
    const { target } = event;
    if (entries.some((entry) => entry.isOpen)) return;
    stop.abort(target instanceof AbortSignal ? target.reason : undefined);
  };
  // The items of a map share one.
  const signals = new Set(entries.flatMap(({ call }) => (call.signal ? [call.signal] : [])));
  for (const signal of signals) signal.addEventListener("abort", left);
  return {
    signal: stop.signal,
    end() {
      for (const signal of signals) signal.removeEventListener("abort", left);
    },
  };
}

/** Each question has its share of what the request took. */
function shareOf({ value, model, usage }: BoughtAnswer<PackVerdict>, pack: PackPlace): AnsweredBy {
  const shared = (tokens: number) => Math.round(tokens / (value.good.length + value.bad.length));
  const share = {
    promptTokens: shared(usage.promptTokens),
    completionTokens: shared(usage.completionTokens),
  };
  return { model, usage: share, pack };
}

/** Tells the book how each model did. What cannot be noted is learnt another time. */
async function note(
  entries: PackEntries,
  { attempts, answer }: { attempts: readonly AttemptReport[]; answer?: BoughtAnswer<PackVerdict> },
  book: PackBook,
): Promise<void> {
  const nothing = { items: entries.length, failed: entries.length, idErrors: 0, outputTokens: null };
  const failed = attempts.filter(({ outcome }) => outcome === "invalid-answer" || outcome === "cut-answer");
  try {
    for (const { model, outcome } of failed) {
      await book.record(subjectOf(entries, model), { ...nothing, isCut: outcome === "cut-answer" });
    }
    if (!answer) return;
    const { value, model, usage } = answer;
    const { bad, isCut, idErrors, canary } = value;
    const outputTokens = usage.completionTokens > 0 ? usage.completionTokens : null;
    const subject = subjectOf(entries, model);
    await book.record(subject, { ...nothing, failed: bad.length, isCut, idErrors, outputTokens });
    if (canary !== undefined) await book.compare(subject, canary);
  } catch {
    // The answers count for more than what was learnt from them.
  }
}
