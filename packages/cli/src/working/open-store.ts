import { type Backend, openBackend } from "@sluice/worker";
import type { Settings } from "../config/settings.ts";

/** The backend that the settings name, closed when it goes out of scope. */
export interface Store extends AsyncDisposable {
  backend: Backend;
}

/**
 * Opens the backend.
 *
 * @throws SluiceError BACKEND_UNREACHABLE, BACKEND_BUSY or OPTION_INVALID.
 */
export async function openStore({ redisUrl, home }: Settings): Promise<Store> {
  const backend = await openBackend({ redisUrl: redisUrl.value, home: home.value });
  return { backend, [Symbol.asyncDispose]: () => backend.close() };
}
