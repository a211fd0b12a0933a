import type { AccountOutlook, ForeseenRoute } from "../models/outlook.ts";
import { membershipOf, type PackMember } from "../models/pack/pack-group.ts";
import { isSampled } from "../models/pack/pack-trust.ts";
import type { Candidate } from "../models/router.ts";
import type { ForeseenQuestion } from "./foresee-question.ts";
import type { Ask, Line } from "./foreseen-desk.ts";

/** Until a model has answered, its answers are taken to last so long, in milliseconds. */
const GUESSED_LATENCY_MS = 2_000;

/** The lines in which the questions of a batch wait, made as questions come. */
export class LineBook {
  readonly #outlook: AccountOutlook;
  readonly #lines = new Map<string, Line>();

  constructor(outlook: AccountOutlook) {
    this.#outlook = outlook;
  }

  /** The place of a question that a candidate is there for. */
  async askOf(
    { step, request, pack }: ForeseenQuestion,
    { candidate, promptTokens }: Pick<ForeseenRoute, "promptTokens"> & { candidate: Candidate },
  ): Promise<Ask> {
    const member = pack ? await membershipOf(request, pack) : null;
    const key = `${step}|${candidate.id}|${member?.key ?? ""}`;
    const sample = pack && this.#mayLookTwice ? pack.sample : 0;
    const line = this.#lines.get(key) ?? (await this.#lineOf(step, { member, candidate, sample }));
    this.#lines.set(key, line);
    return { line, tokens: member ? member.itemTokens : promptTokens };
  }

  async #lineOf(
    step: string,
    { member, candidate, sample }: { member: PackMember | null; candidate: Candidate; sample: number },
  ): Promise<Line> {
    const latencyMs = this.#outlook.latencyMs(candidate.id) ?? GUESSED_LATENCY_MS;
    if (!member) return { step, latencyMs, pack: null };
    const { kind, bounds, needs } = member;
    const learnt = await this.#outlook.learnt({ kind, bounds, model: candidate.id });
    const subject = `${kind}|${candidate.id}`;
    return {
      step,
      latencyMs,
      pack: { subject, bounds, needs, learnt, room: candidate, sample: needs.isText ? 0 : sample },
    };
  }

  /** Answers are looked at a second time only while the day is far from spent. */
  get #mayLookTwice(): boolean {
    return isSampled(1, this.#outlook.quota, 0);
  }

  /** The most questions that any line of a step takes into one request. */
  mostOf(step: string): number {
    const caps = [...this.#lines.values()].flatMap((line) =>
      line.step === step ? [line.pack?.bounds.cap ?? 1] : [],
    );
    return Math.max(1, ...caps);
  }
}
