import { MINUTE_MS, type OpenRouter, SluiceError } from "@sluice/core";
import { type Io, tell } from "../io.ts";

/**
 * Finds out now, at no cost, what would otherwise make every run wait or fail: a refused key, a server that is away.
 * A server that has a list of models but tells no count of requests will do; our own count holds then.
 *
 * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE.
 */
export async function checkAccount(router: OpenRouter, io: Pick<Io, "stderr">): Promise<void> {
  try {
    await router.syncQuota();
  } catch (error) {
    if (!SluiceError.has(error, "SERVER_UNREACHABLE")) throw error;
    await router.api.readCatalogue(Date.now());
    tell(io, "The server does not tell today's count of requests; going by our own.");
  }
}

/** A reading of the server's count is good for this long, in milliseconds. */
const FRESH_MS = 5 * MINUTE_MS;

/**
 * As {@link checkAccount}, unless any process has heard the server's count within the last minutes: questions by hand
 * come one after the other, and each would wait for it.
 *
 * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE.
 */
export async function checkAccountIfStale(router: OpenRouter, io: Pick<Io, "stderr">): Promise<void> {
  const { now, heardAt } = await router.ledger.status();
  if (heardAt === null || now - heardAt > FRESH_MS) await checkAccount(router, io);
}
