import type { Backend } from "@sluice/worker";
import { chooseAccess } from "../account/access.ts";
import { type Account, openAccount } from "../account/account.ts";
import type { Settings } from "../config/settings.ts";
import type { Io } from "../io.ts";
import { openStore } from "./open-store.ts";

/** The backend and the account on top of it: what it takes to work. */
export interface Session extends Account {
  backend: Backend;
}

/**
 * Opens the backend, and the account that shares its quota and its answers there.
 *
 * @param options.askAnew leaves answers that were bought before alone.
 * @param options.onNotice see {@link openStore}.
 * @throws SluiceError KEY_MISSING before anything is opened; and what {@link openStore} and {@link openAccount} throw.
 */
export async function openSession(
  settings: Settings,
  io: Pick<Io, "stderr">,
  options: { askAnew?: boolean | undefined; onNotice?: (notice: string) => void } = {},
): Promise<Session> {
  chooseAccess(settings);
  const { backend } = await openStore(settings, options.onNotice);
  try {
    const account = await openAccount(settings, io, { backend, askAnew: options.askAnew });
    const close = async () => {
      await account[Symbol.asyncDispose]();
      await backend.close();
    };
    return { ...account, backend, [Symbol.asyncDispose]: close };
  } catch (error) {
    await backend.close();
    throw error;
  }
}
