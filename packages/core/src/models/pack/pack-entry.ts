import type { Ledger } from "../../quota/ledger.ts";
import type { AnswerMessage } from "../answer-message.ts";
import { judgeAnswer } from "../judge-answer.ts";
import type { CallContext, ModelAnswer, ModelRequest } from "../model-request.ts";
import type { PackPlace, PackTerms } from "./pack.ts";
import type { PackMember } from "./pack-group.ts";
import type { Waiting } from "./pack-pool.ts";

/** An accepted answer with the words that it was made from. */
export type BoughtAnswer<T> = ModelAnswer<T> & { message: AnswerMessage };

/** Who answered, and where the item stood. */
export type AnsweredBy = Pick<BoughtAnswer<unknown>, "model" | "usage" | "pack">;

/** A question to be asked in company. */
export interface PackQuestion<T> {
  request: ModelRequest<T>;
  terms: PackTerms;
  call: CallContext;
  /** Hears of an answer that came after its asker had gone: it was paid for all the same. */
  onLate(answer: BoughtAnswer<T>): void;
}

/** What an answer to one item came to: how to take it in, or what is wrong with it. */
type Judged = { value: unknown; settle(by: AnsweredBy): void } | { problem: string };

/** A question on its way, whatever its answer's type. */
export interface PackEntry extends Waiting {
  readonly request: ModelRequest<unknown>;
  readonly terms: PackTerms;
  readonly member: PackMember;
  readonly call: CallContext;
  failures: number;
  /** Whether somebody still waits for the answer. */
  readonly isOpen: boolean;
  /** Tells the asker where its question stands now. */
  placed(place: PackPlace): void;
  /** Holds an answer against what was asked. */
  judge(message: AnswerMessage): Promise<Judged>;
  fail(error: unknown): void;
  /** Asks for itself, and leaves it to the caller whether that answer is told. */
  askAgain(how: AloneOptions): Promise<{ value: unknown; settle(): void }>;
  /** Asks for itself; what came of it, undefined when that was an error, which the asker has then. */
  askAlone(how?: AloneOptions): Promise<BoughtAnswer<unknown> | undefined>;
}

/** How a question is asked without company. */
interface AloneOptions {
  /** By the strongest model first. */
  strongest?: boolean | undefined;
  /** By this model and no other. */
  model?: string | undefined;
  /** Gives the permits; default the account's. */
  ledger?: Ledger | undefined;
}

/** Asks one question by itself. */
export type AskAlone = <T>(
  request: ModelRequest<T>,
  call: CallContext,
  how: AloneOptions,
) => Promise<BoughtAnswer<T>>;

/** A question, and the promise of its answer. */
export function openEntry<T>(
  { request, terms, call, onLate }: PackQuestion<T>,
  member: PackMember,
  askAlone: AskAlone,
): { entry: PackEntry; answer: Promise<BoughtAnswer<T>> } {
  let isOpen = true;
  let resolve: (answer: BoughtAnswer<T>) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const answer = new Promise<BoughtAnswer<T>>((...both) => {
    [resolve, reject] = both;
  });
  const succeed = (bought: BoughtAnswer<T>) => {
    if (!isOpen) onLate(bought);
    isOpen = false;
    resolve(bought);
  };
  const fail = (error: unknown) => {
    isOpen = false;
    reject(error);
  };
  const entry: PackEntry = {
    ...{ request, terms, member, call, fail },
    ...{ batch: call.batchId ?? "", failures: 0, itemTokens: member.itemTokens },
    get isOpen() {
      return isOpen;
    },
    placed: (place) => call.onPacked?.(place),
    async judge(message) {
      try {
        const acceptance = await judgeAnswer(request, message);
        if (!acceptance.ok) return { problem: acceptance.problem };
        const { value } = acceptance;
        return { value, settle: (by) => succeed({ value, message, cached: false, ...by }) };
      } catch (error) {
        // The author's check threw: that ends this question, and no other.
        return { value: undefined, settle: () => fail(error) };
      }
    },
    async askAgain(how) {
      const bought = await askAlone(request, call, how);
      return { value: bought.value, settle: () => succeed(bought) };
    },
    async askAlone(how = {}) {
      try {
        const bought = await askAlone(request, call, how);
        succeed(bought);
        return bought;
      } catch (error) {
        fail(error);
        return undefined;
      }
    },
  };
  return { entry, answer };
}
