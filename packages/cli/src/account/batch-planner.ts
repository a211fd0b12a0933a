import { BatchPlanner, type OpenRouter, openRouter, type PlanTerms, shippedOutlook } from "@sluice/core";
import type { Backend } from "@sluice/worker";
import type { Settings } from "../config/settings.ts";
import { chooseAccess } from "./access.ts";
import { SIMULATOR } from "./account.ts";

/** What a planner needs to know of a batch. */
export type BatchTerms = Pick<PlanTerms, "pipeline" | "concurrency" | "fresh">;

/** Plans with what is known of the account; undefined where that cannot be had now: to plan keeps nobody from working. */
export async function accountPlanner(
  router: OpenRouter,
  terms: BatchTerms,
): Promise<BatchPlanner | undefined> {
  try {
    return new BatchPlanner({ ...terms, models: router, outlook: await router.outlook() });
  } catch {
    return undefined;
  }
}

/** Plans without a word to any server, for those who need no key: with the models and limits that this release knows. */
export async function plannerWithoutAccount(
  settings: Settings,
  backend: Backend,
  terms: BatchTerms,
): Promise<BatchPlanner | undefined> {
  try {
    // For the answers in the cache alone: nothing is ever sent through it.
    const models = openRouter({ apiKey: "none", server: serverOf(settings), cache: backend.cache });
    return new BatchPlanner({ ...terms, models, outlook: await shippedOutlook(settings.models.value) });
  } catch {
    return undefined;
  }
}

/** The name under which answers are cached. */
function serverOf(settings: Settings): string {
  try {
    return chooseAccess(settings).kind === "simulator" ? SIMULATOR : settings.baseUrl.value;
  } catch {
    return settings.baseUrl.value;
  }
}
