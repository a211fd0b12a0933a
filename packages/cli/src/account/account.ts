import { accountOf, type OpenRouter, openRouter, type QuotaRules } from "@sluice/core";
import type { Simulator } from "@sluice/simulator";
import type { Backend } from "@sluice/worker";
import type { Settings } from "../config/settings.ts";
import { type Io, tell } from "../io.ts";
import { chooseAccess, simulationNotice } from "./access.ts";

/** A connection to the account whose free requests are spent. */
export interface Account extends AsyncDisposable {
  router: OpenRouter;
  /** True when the simulator in this process answers. */
  isSimulated: boolean;
}

/** What the simulator in this process allows; the pace is for waiting people, not for a server's sake. */
const SIMULATOR_RULES = { perMinute: 600, perDay: 1_000, gapMs: 5 } as const;

/** Its name in the ledger and the cache, where a key and an address would stand. */
export const SIMULATOR = "simulator";

/**
 * Connects to the account that the settings name, and says so when the simulator stands in for it.
 *
 * @param share.backend where quota and answers are shared; without one they are this process's own.
 * @param share.askAnew leaves answers that were bought before alone, and stores none.
 * @throws SluiceError KEY_MISSING, OPTION_INVALID, NOT_FREE.
 */
export async function openAccount(
  settings: Settings,
  io: Pick<Io, "stderr">,
  share: { backend?: Backend | undefined; askAnew?: boolean | undefined } = {},
): Promise<Account> {
  const access = chooseAccess(settings);
  if (access.kind === "server") {
    const { apiKey, baseUrl } = access;
    const shared = shareWith(share, apiKey, quotaRules(settings));
    const router = openRouter({ apiKey, baseUrl, prefer: settings.models.value, ...shared });
    return { router, isSimulated: false, [Symbol.asyncDispose]: async () => {} };
  }
  tell(io, simulationNotice(access.because));
  const simulator = await startInProcess();
  const shared = shareWith(share, SIMULATOR, { ...SIMULATOR_RULES, ...quotaRules(settings) });
  const prefer = settings.models.value;
  const router = openRouter({
    apiKey: SIMULATOR,
    baseUrl: simulator.url,
    server: SIMULATOR,
    prefer,
    ...shared,
  });
  return { router, isSimulated: true, [Symbol.asyncDispose]: () => simulator.close() };
}

async function startInProcess(): Promise<Simulator> {
  const { startSimulator } = await import("@sluice/simulator");
  const { perMinute, perDay } = SIMULATOR_RULES;
  return startSimulator({ limits: { perMinute, perDay }, keepBodies: false });
}

function shareWith(
  { backend, askAnew = false }: { backend?: Backend | undefined; askAnew?: boolean | undefined },
  apiKey: string,
  rules: Partial<QuotaRules>,
) {
  if (!backend) return { rules };
  const account = accountOf(apiKey);
  const cell = (name: string) => backend.cell(`${name}:${account}`);
  // Without the shared cache the account has one of its own, which begins empty.
  return askAnew ? { rules, cell } : { rules, cell, cache: backend.cache };
}

/** A limit that the user sets holds whatever the server allows. */
function quotaRules({ perMinute, perDay }: Settings): Partial<QuotaRules> {
  return {
    ...(perMinute.value === undefined ? {} : { perMinute: perMinute.value, maxPerMinute: perMinute.value }),
    ...(perDay.value === undefined ? {} : { perDay: perDay.value, maxPerDay: perDay.value }),
  };
}
