import type { Backend } from "../backend/backend.ts";

/** What the choice of a backend depends on. */
export interface OpenBackendOptions {
  /** With a URL the backend is Redis; without one it is embedded. */
  redisUrl?: string | undefined;
  /** The folder of the embedded backend. */
  home: string;
}

/**
 * Opens the backend that the configuration asks for, and loads nothing of the other.
 *
 * @throws SluiceError BACKEND_UNREACHABLE, BACKEND_BUSY or OPTION_INVALID; see the two backends.
 */
export async function openBackend({ redisUrl, home }: OpenBackendOptions): Promise<Backend> {
  if (redisUrl !== undefined && redisUrl !== "") {
    const { openRedisBackend } = await import("./redis/redis-backend.ts");
    return openRedisBackend({ url: redisUrl });
  }
  const { openEmbeddedBackend } = await import("./embedded/embedded-backend.ts");
  return openEmbeddedBackend({ home });
}
