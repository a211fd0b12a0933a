import { type ErrorCode, SluiceError } from "@sluice/core";

/** What a Redis that fails says by its error. */
type Trouble = "away" | "full" | "refused";

/** Answers by which Redis says that it cannot, or will not, serve; a script of an older one has them in mid-sentence. */
const ANSWERS: ReadonlyArray<readonly [RegExp, Trouble]> = [
  [/(^|-|\s)OOM command not allowed/, "full"],
  [/(^|-)(NOPERM|NOAUTH|WRONGPASS)\b/, "refused"],
  [/(^|-)(LOADING|READONLY|MISCONF|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|NOREPLICAS)\b/, "away"],
];

const CLOSED =
  /Connection is closed|Command timed out|Stream isn't writeable|Socket timeout|Cluster is ended|Too many Cluster redirections/;
const CONNECTION_ERRORS = ["MaxRetriesPerRequestError", "ClusterAllFailedError", "AbortError"];

/**
 * Puts an error of the driver into words of ours: BACKEND_UNREACHABLE, BACKEND_FULL or BACKEND_REFUSED. What is none of
 * Redis' troubles comes back as it is.
 */
export function redisError(error: unknown, location: string): unknown {
  const root = rootOf(error);
  const trouble = troubleOf(root);
  if (!trouble) return error;
  const reason = reasonOf(root);
  return new SluiceError(CODES[trouble], {
    message: MESSAGES[trouble](location, reason, root),
    facts: { url: location, reason },
    // Not the driver's own error: it carries the command, and that may be AUTH with the password.
    cause: new Error(reason),
  });
}

const CODES = {
  away: "BACKEND_UNREACHABLE",
  full: "BACKEND_FULL",
  refused: "BACKEND_REFUSED",
} as const satisfies Record<Trouble, ErrorCode>;

const MESSAGES: Record<Trouble, (location: string, reason: string, error: unknown) => string> = {
  away: (location, reason, error) =>
    `Redis at ${location} cannot be used: ${reason}. ` +
    `${adviceFor(error, location)}; unset SLUICE_REDIS_URL to run embedded, without Redis.`,
  full: (location) =>
    `Redis at ${location} is full: it has reached its maxmemory, and stored nothing of this. ` +
    "Give it more (redis-cli config set maxmemory 2gb), or remove what is no longer needed.",
  refused: (location, reason) =>
    `Redis at ${location} refuses the user of SLUICE_REDIS_URL: ${reason}. ` +
    "Check user and password; docs/guide/redis.md says which commands and keys a user needs.",
};

const CERTIFICATE_UNKNOWN =
  /^(SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_GET_ISSUER_CERT)/;
const CERTIFICATE_WRONG = /^(ERR_TLS_CERT_ALTNAME_INVALID|CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/;

function adviceFor(error: unknown, location: string): string {
  const code = codeOf(error);
  if (CERTIFICATE_UNKNOWN.test(code)) {
    return "Its certificate is signed by nobody this machine knows: name the file with its authority's certificate in NODE_EXTRA_CA_CERTS";
  }
  if (CERTIFICATE_WRONG.test(code)) return "Its certificate is not valid for it";
  // To a server that expects plain text, the beginning of TLS is a line without an end.
  const mayBePlain = location.startsWith("rediss:") && (code === "ETIMEDOUT" || code === "EPROTO");
  if (mayBePlain) return "Start it, and make sure that it speaks TLS on this port: it may want redis://";
  return "Start it or correct SLUICE_REDIS_URL";
}

/** A discarded transaction, and a cluster none of whose nodes answers, tell the reason in an error inside. */
function rootOf(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if ("previousErrors" in error && Array.isArray(error.previousErrors)) {
    return error.previousErrors[0] ?? error;
  }
  if ("lastNodeError" in error && error.lastNodeError instanceof Error) return error.lastNodeError;
  return error;
}

function troubleOf(error: unknown): Trouble | undefined {
  if (!(error instanceof Error) || SluiceError.is(error)) return undefined;
  const answer = ANSWERS.find(([pattern]) => pattern.test(error.message));
  if (answer) return answer[1];
  if (error.name === "ReplyError") return undefined;
  const isConnection = CONNECTION_ERRORS.includes(error.name) || "code" in error;
  return isConnection || CLOSED.test(error.message) ? "away" : undefined;
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.trim().replace(/\.$/, "") || codeOf(error) || "the connection failed";
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
