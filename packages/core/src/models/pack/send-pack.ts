import { SluiceError } from "../../errors/sluice-error.ts";
import { randomId } from "../../shared/ids.ts";
import { askChain } from "../chain.ts";
import type { ChainDeps } from "../chain-deps.ts";
import type { AttemptReport, CallContext, ModelRequest } from "../model-request.ts";
import type { Route } from "../router.ts";
import type { PackPlace } from "./pack.ts";
import type { PackBook, PackSubject } from "./pack-book.ts";
import type { BoughtAnswer, PackEntry } from "./pack-entry.ts";
import { PackMeter } from "./pack-meter.ts";
import { type PackVerdict, packRequest } from "./pack-request.ts";
import type { Learnt } from "./pack-size.ts";

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
  const request = packRequest(entries, learnt);
  const place = placesOf(entries);
  for (const entry of entries) entry.placed(place(entry));
  const attempts: AttemptReport[] = [];
  const { signal, end } = whenAllHaveLeft(entries);
  try {
    const route = await deps.route(request);
    const call = callOf(entries, { attempts, signal });
    const answer = await askChain(request, { route, call }, deps);
    await note(entries, { attempts, answer }, deps.book);
    settle(answer, place);
  } catch (error) {
    await note(entries, { attempts }, deps.book);
    if (!concernsItems(error)) throw error;
  } finally {
    end();
  }
  return entries.filter(({ isOpen }) => isOpen);
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
function settle(answer: BoughtAnswer<PackVerdict>, place: (entry: PackEntry) => PackPlace): void {
  const { value, model, usage } = answer;
  const shared = (tokens: number) => Math.round(tokens / (value.good.length + value.bad.length));
  const share = {
    promptTokens: shared(usage.promptTokens),
    completionTokens: shared(usage.completionTokens),
  };
  for (const { entry, settle: take } of value.good) take({ model, usage: share, pack: place(entry) });
}

/** Tells the book how each model did. What cannot be noted is learnt another time. */
async function note(
  entries: PackEntries,
  { attempts, answer }: { attempts: readonly AttemptReport[]; answer?: BoughtAnswer<PackVerdict> },
  book: PackBook,
): Promise<void> {
  const [{ member }] = entries;
  const subject = (model: string): PackSubject => ({ kind: member.kind, bounds: member.bounds, model });
  const nothing = { items: entries.length, failed: entries.length, idErrors: 0, outputTokens: null };
  const failed = attempts.filter(({ outcome }) => outcome === "invalid-answer" || outcome === "cut-answer");
  try {
    for (const { model, outcome } of failed) {
      await book.record(subject(model), { ...nothing, isCut: outcome === "cut-answer" });
    }
    if (!answer) return;
    const { value, model, usage } = answer;
    const { bad, isCut, idErrors } = value;
    const outputTokens = usage.completionTokens > 0 ? usage.completionTokens : null;
    await book.record(subject(model), { ...nothing, failed: bad.length, isCut, idErrors, outputTokens });
  } catch {
    // The answers count for more than what was learnt from them.
  }
}

/** Failures that a question may not meet in other company, or alone. */
const OF_THE_ITEMS = new Set(["CHAIN_EXHAUSTED", "ANSWER_INVALID", "REQUEST_REFUSED", "NO_CANDIDATE"]);

function concernsItems(error: unknown): boolean {
  return SluiceError.is(error) && OF_THE_ITEMS.has(error.code);
}
