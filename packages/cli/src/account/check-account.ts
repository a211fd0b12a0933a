import { type OpenRouter, SluiceError } from "@sluice/core";
import { type Io, tell } from "../io.ts";

/**
 * Finds out now, at no cost, what would otherwise make every run wait or fail: a refused key, a server that is away.
 * A server that has a list of models but tells no count of requests will do; our own count holds then.
 *
 * @throws SluiceError ACCOUNT_REFUSED or SERVER_UNREACHABLE.
 */
export async function checkAccount(router: OpenRouter, io: Pick<Io, "stderr">): Promise<void> {
  const { source } = await router.catalogue();
  try {
    await router.syncQuota();
  } catch (error) {
    // A catalogue that is not the server's own is what was known of it earlier.
    if (SluiceError.has(error, "ACCOUNT_REFUSED") || source !== "server") throw error;
    const why = SluiceError.is(error) ? error.code : "its answer cannot be read";
    tell(io, `The server did not tell today's count of requests (${why}); going by our own.`);
  }
}
