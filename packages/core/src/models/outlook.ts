import { createLedger } from "../quota/cell-ledger.ts";
import type { LedgerStatus } from "../quota/ledger.ts";
import type { Catalogue } from "./catalogue.ts";
import { catalogueSnapshot } from "./catalogue-snapshot.ts";
import { availableAt, type HealthState, healthOf } from "./health.ts";
import type { ModelRequest } from "./model-request.ts";
import { needsOf, type PreferredModels } from "./needs.ts";
import type { PackSubject } from "./pack/pack-book.ts";
import { type Learnt, nothingLearnt } from "./pack/pack-size.ts";
import { type Candidate, type Needs, routeCandidates } from "./router.ts";

/** What is known of an account at one moment, for planning. Nothing in it asks a model. */
export interface AccountOutlook {
  readonly quota: LedgerStatus;
  /** Where a request would be asked, and what it needs. */
  foresee(request: ModelRequest<unknown>): ForeseenRoute;
  /** How long a good answer of the model takes, in milliseconds; null before the first. */
  latencyMs(model: string): number | null;
  /** What requests of several items have taught. */
  learnt(subject: PackSubject): Promise<Learnt>;
}

/** Where a request would be asked. */
export interface ForeseenRoute {
  /** Estimated tokens of all messages. */
  promptTokens: number;
  /** Who would be asked first; undefined when no free model fits. */
  candidate: Candidate | undefined;
  /** Tokens of the longest prompt that any model takes for such a request; null when none takes any. */
  mostPromptTokens: number | null;
}

/** What an outlook is made of. */
export interface OutlookParts {
  quota: LedgerStatus;
  catalogue: Catalogue;
  health: HealthState;
  prefer: PreferredModels;
  learnt: AccountOutlook["learnt"];
}

/** The outlook on an account as these parts tell it. */
export function outlookOn({ quota, catalogue, health, prefer, learnt }: OutlookParts): AccountOutlook {
  const { now } = quota;
  const routes = new Map<string, readonly Candidate[]>();
  // Only whether it fits depends on a prompt's length: the order is found once for each kind of request.
  const anyLength = (needs: Needs): readonly Candidate[] => {
    const kind = JSON.stringify({ ...needs, promptTokens: 0 });
    const known = routes.get(kind);
    if (known) return known;
    const { candidates } = routeCandidates({ ...needs, promptTokens: 0 }, { catalogue, health, now });
    routes.set(kind, candidates);
    return candidates;
  };
  const isAwake = ({ id }: Candidate) => {
    const at = availableAt(healthOf(health, id), { now, catalogueReadAt: catalogue.fetchedAt });
    return at !== null && at <= now;
  };
  return {
    quota,
    foresee(request) {
      const needs = needsOf(request, prefer);
      const candidates = anyLength(needs);
      const room = ({ contextTokens }: Candidate) => contextTokens - needs.outputTokens;
      const fitting = candidates.filter((candidate) => room(candidate) >= needs.promptTokens);
      return {
        promptTokens: needs.promptTokens,
        candidate: fitting.find(isAwake) ?? fitting[0],
        mostPromptTokens: candidates.length > 0 ? Math.max(...candidates.map(room)) : null,
      };
    },
    latencyMs: (model) => healthOf(health, model).latencyMs,
    learnt,
  };
}

/** The outlook on an account of which nothing is known yet, with the models and limits that this release knows. */
export async function shippedOutlook(prefer: PreferredModels = {}): Promise<AccountOutlook> {
  return outlookOn({
    quota: await createLedger().status(),
    catalogue: catalogueSnapshot(),
    health: {},
    prefer,
    learnt: async ({ bounds }) => nothingLearnt(bounds),
  });
}
