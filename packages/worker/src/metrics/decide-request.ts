/** What the server has to show. */
export const pages = ["/metrics", "/healthz", "/readyz"] as const;

/** One of {@link pages}. */
export type Page = (typeof pages)[number];

/** What is looked at of a request. */
export interface RequestHead {
  method: string | undefined;
  /** As it was sent, with the query. */
  url: string | undefined;
  /** The header of this name. */
  host: string | undefined;
}

/** What becomes of a request. */
export type RequestDecision = { page: Page } | { refused: 403 | 404 | 405 };

/** The names by which one reaches this machine from itself, in front of whatever port: tunnels have ports of their own. */
const OWN_NAME = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/i;

/**
 * Lets through who reads one of the pages. A server that only this machine reaches also asks that it was called by one
 * of the machine's own names: a website's own name can be made to point here, and the browser would let it read.
 *
 * @param isLoopback whether only this machine reaches the server.
 */
export function decideRequest({ method, url, host }: RequestHead, isLoopback: boolean): RequestDecision {
  if (isLoopback && !OWN_NAME.test(host ?? "")) return { refused: 403 };
  if (method !== "GET" && method !== "HEAD") return { refused: 405 };
  const path = url?.split("?", 1)[0];
  const page = pages.find((one) => one === path);
  return page ? { page } : { refused: 404 };
}
