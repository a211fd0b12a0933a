import { type Backend, openBackend } from "@sluice/worker";
import type { Settings } from "../config/settings.ts";

/** The backend that the settings name, closed when it goes out of scope. */
export interface Store extends AsyncDisposable {
  backend: Backend;
}

/**
 * Opens the backend.
 *
 * @param onNotice told what whoever entrusts runs to it should know; who only looks needs none.
 * @throws SluiceError BACKEND_UNREACHABLE, BACKEND_REFUSED, BACKEND_NEWER, BACKEND_BUSY or OPTION_INVALID.
 */
export async function openStore(
  { redisUrl, home, ephemeral }: Settings,
  onNotice?: (notice: string) => void,
): Promise<Store> {
  const backend = await openBackend({
    redisUrl: redisUrl.value,
    home: home.value,
    ephemeral: ephemeral.value,
    onNotice,
  });
  return { backend, [Symbol.asyncDispose]: () => backend.close() };
}
