import type { Backend } from "../backend/backend.ts";
import type { LockSettings } from "./bull-settings.ts";

/** What the choice of a backend depends on. */
export interface OpenBackendOptions {
  /** With a URL the backend is Redis; without one it is embedded. */
  redisUrl?: string | undefined;
  /** The folder of the embedded backend. */
  home: string;
  /**
   * How fast the runs of a dead process come back. Default on Redis: 6 s of silence, looked for every 1.5 s; embedded,
   * the dead are known at once.
   */
  lock?: LockSettings | undefined;
  /** Accepts without a notice that a restart of Redis loses runs. Default false. */
  ephemeral?: boolean | undefined;
  /** Told what whoever entrusts runs to the store should know, in whole sentences. Default: nobody is. */
  onNotice?: ((notice: string) => void) | undefined;
}

/**
 * Opens the backend that the configuration asks for, and loads nothing of the other.
 *
 * @throws SluiceError BACKEND_UNREACHABLE, BACKEND_REFUSED, BACKEND_NEWER, BACKEND_BUSY or OPTION_INVALID; see the two
 *   backends.
 */
export async function openBackend(options: OpenBackendOptions): Promise<Backend> {
  const { redisUrl, home, lock, ephemeral, onNotice } = options;
  if (redisUrl !== undefined && redisUrl !== "") {
    const { openRedisBackend } = await import("./redis/redis-backend.ts");
    return openRedisBackend({ url: redisUrl, lock, ephemeral, onNotice });
  }
  const { openEmbeddedBackend } = await import("./embedded/embedded-backend.ts");
  return openEmbeddedBackend({ home, lock });
}
