import { type OpenRouter, SluiceError } from "@sluice/core";
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
