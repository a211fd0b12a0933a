import { SluiceError } from "../../errors/sluice-error.ts";
import { askChain } from "../chain.ts";
import type { ModelRequest } from "../model-request.ts";
import type { Candidate } from "../router.ts";
import { HeldPermit } from "./held-permit.ts";
import { PackCompany } from "./pack-company.ts";
import {
  type AskAlone,
  type BoughtAnswer,
  openEntry,
  type PackEntry,
  type PackQuestion,
} from "./pack-entry.ts";
import { membershipOf } from "./pack-group.ts";
import { PackLine } from "./pack-line.ts";
import type { PackPool } from "./pack-pool.ts";
import { type Learnt, nothingLearnt, packSize } from "./pack-size.ts";
import { type SendPackDeps, sendPack } from "./send-pack.ts";

/** A question that failed this often in company is asked alone. */
const MOST_FAILURES = 2;

/** Questions looked at for one request. */
export const LOOKED_AT = 100;

/**
 * Joins questions of one step that wait for a permit into one request: whatever has come by the time at which a permit
 * is there goes out with it. A first question waits for nobody; while others of its kind are under way, whose runs are
 * about to ask their next ones, up to two seconds are waited for them.
 */
export class PackDesk {
  readonly #deps: SendPackDeps;
  readonly #lines = new Map<string, PackLine>();
  readonly #company: PackCompany;

  constructor(deps: SendPackDeps) {
    this.#deps = deps;
    this.#company = new PackCompany(deps.clock);
  }

  /** Asks in company where there is any. Rejects like the chain, or with the signal's reason. */
  async ask<T>(question: PackQuestion<T>): Promise<BoughtAnswer<T>> {
    const { request, terms, call } = question;
    const member = await membershipOf(request, terms);
    if (!member) return this.#askAlone(request, call, {});
    call.signal?.throwIfAborted();
    const { entry, answer } = openEntry(question, member, this.#askAlone);
    const leave = () => {
      this.#lines.get(member.key)?.remove(entry);
      entry.fail(call.signal?.reason);
    };
    call.signal?.addEventListener("abort", leave, { once: true });
    this.#wait(entry);
    return answer.finally(() => call.signal?.removeEventListener("abort", leave));
  }

  #wait(entry: PackEntry): void {
    const { key } = entry.member;
    const line = this.#lines.get(key) ?? this.#openLine(key);
    line.add(entry);
  }

  #openLine(key: string): PackLine {
    const line = new PackLine({
      random: this.#deps.random,
      sendNext: (pool, signal) => this.#sendNext(pool, signal),
      onEmpty: () => this.#lines.delete(key),
    });
    this.#lines.set(key, line);
    return line;
  }

  /** The permit is waited for first: who comes meanwhile goes along. */
  async #sendNext(pool: PackPool<PackEntry>, signal: AbortSignal): Promise<void> {
    const { ledger, wire } = this.#deps;
    const [head] = pool.peek(1);
    if (!head) return;
    const { member, call } = head;
    const candidate = await this.#firstAvailable(head.request);
    if (!candidate) {
      // Nobody can be asked now: the chain says why, and until when.
      for (const entry of pool.take(1)) await entry.askAlone();
      return;
    }
    await wire.prepare();
    const { size } = await this.#learntOf(head, candidate);
    await this.#company.wait(member.key, pool, { size, signal });
    const { flow, weight, maxWaitMs } = call;
    const permit = new HeldPermit(ledger, await ledger.acquire({ flow, weight, maxWaitMs, signal }));
    // Requests that were answered meanwhile have taught something.
    const learnt = await this.#learntOf(head, candidate);
    const tokens = pool.peek(LOOKED_AT).map(({ itemTokens }) => itemTokens);
    const entries = pool.take(packSize(tokens, { ...member, learnt, room: candidate }));
    const answer = this.#send(entries, { learnt, permit });
    void (entries.length > 1 ? this.#company.during(member.key, answer) : answer);
  }

  /** A book that cannot be read teaches nothing, and keeps nobody from asking. */
  async #learntOf({ member }: PackEntry, { id: model }: Candidate): Promise<Learnt> {
    return this.#deps.book.read({ ...member, model }).catch(() => nothingLearnt(member.bounds));
  }

  async #firstAvailable(request: ModelRequest<unknown>): Promise<Candidate | undefined> {
    const { health, route } = this.#deps;
    try {
      const { candidates, catalogueReadAt } = await route(request);
      const { at, now } = await health.availability(catalogueReadAt);
      return candidates.find(({ id }) => (at(id) ?? Number.POSITIVE_INFINITY) <= now);
    } catch (error) {
      if (SluiceError.has(error, "NO_CANDIDATE")) return undefined;
      throw error;
    }
  }

  async #send(
    entries: readonly PackEntry[],
    { learnt, permit }: { learnt: Learnt; permit: HeldPermit },
  ): Promise<void> {
    const [first, second, ...others] = entries;
    const ledger = permit.asLedger();
    try {
      if (first && second) {
        const open = await sendPack([first, second, ...others], learnt, { ...this.#deps, ledger });
        for (const entry of open) this.#again(entry);
      } else if (first) await this.#sendOne(first, learnt, { ledger });
    } catch (error) {
      for (const entry of entries) entry.fail(error);
    } finally {
      await permit.release().catch(() => {});
    }
  }

  /** What came back without an answer joins the next request; what did so before is asked alone. */
  #again(entry: PackEntry): void {
    entry.failures += 1;
    if (entry.failures < MOST_FAILURES) this.#wait(entry);
    else void entry.askAlone({ strongest: true });
  }

  /** No company has come: asked as if there were no packs, and learnt from where nothing is known. */
  async #sendOne(entry: PackEntry, learnt: Learnt, how: { ledger: SendPackDeps["ledger"] }): Promise<void> {
    const bought = await entry.askAlone(how);
    if (!bought || (learnt.size > 1 && learnt.outputTokens !== null)) return;
    const { model, usage } = bought;
    const outputTokens = usage.completionTokens > 0 ? usage.completionTokens : null;
    const outcome = { items: 1, failed: 0, isCut: false, idErrors: 0, outputTokens };
    await this.#deps.book.record({ ...entry.member, model }, outcome);
  }

  readonly #askAlone: AskAlone = async (request, call, how) => {
    const { strongest, model, ledger = this.#deps.ledger } = how;
    const route = await this.#deps.route({
      ...request,
      ...(strongest && { task: "complex" }),
      ...(model !== undefined && { models: [model] }),
    });
    return askChain(request, { route, call }, { ...this.#deps, ledger });
  };
}
