import { SluiceError } from "@sluice/core";

/** Where a Redis is, as `SLUICE_REDIS_URL` says it. */
export interface RedisTarget {
  /** At least one; several are nodes of one cluster. */
  urls: readonly string[];
  /** The same without users and passwords, for people. */
  location: string;
  /** True when whoever reaches the server over the network needs no password. */
  isOpenToNetwork: boolean;
}

/**
 * Reads `redis://` and `rediss://` URLs, separated by commas.
 *
 * @throws SluiceError OPTION_INVALID
 */
export function readTarget(text: string): RedisTarget {
  const parsed = text.split(",").map((url) => parseUrl(url.trim()));
  return {
    urls: parsed.map(({ href }) => href),
    location: parsed.map(publicUrl).join(","),
    isOpenToNetwork: parsed.some(({ password, hostname }) => password === "" && !isLoopback(hostname)),
  };
}

function parseUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && ["redis:", "rediss:"].includes(url.protocol)) return url;
  throw new SluiceError("OPTION_INVALID", {
    message:
      "SLUICE_REDIS_URL must be a URL that begins with redis:// or rediss://, as in redis://localhost:6379, " +
      "or several of them with commas, which name nodes of one cluster.",
    facts: { option: "SLUICE_REDIS_URL" },
  });
}

function publicUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}

/** An empty host is this machine, for the driver. */
function isLoopback(hostname: string): boolean {
  return /^(|localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
