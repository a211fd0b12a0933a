/** What the table of codes says of each: when it is thrown, and whether trying again can help. */
interface CodeEntry {
  verdict: "retryable" | "final";
  meaning: string;
}

const final = (meaning: string): CodeEntry => ({ verdict: "final", meaning });
const retryable = (meaning: string): CodeEntry => ({ verdict: "retryable", meaning });

/**
 * Every stable error code, once. docs/reference/errors.md is held equal to this table by a test.
 */
export const errorCodes = {
  // configuration and usage
  CONFIG_NOT_FOUND: final("No configuration file where one was named or looked for."),
  CONFIG_INVALID: final("The configuration file does not load or does not have the expected shape."),
  OPTION_INVALID: final("An option, argument or environment variable has a value outside its rule."),
  KEY_MISSING: final("No OPENROUTER_API_KEY is set and the command asks a real server."),
  PIPELINE_UNKNOWN: final("No pipeline of this name (and version) is registered in the configuration."),
  SCHEDULE_UNKNOWN: final("No schedule of this name exists on this backend."),
  PIPELINE_INVALID: final("A pipeline definition breaks a rule; the message names the step and the rule."),
  // documents
  DOCUMENT_NOT_FOUND: final("A path or glob matched no readable file."),
  DOCUMENT_UNREADABLE: final("A file exists but cannot be opened, or is not a regular file inside its root."),
  DOCUMENT_TOO_LARGE: final("A file, or the text in it, is over the size limit."),
  DOCUMENT_EMPTY: final("A file holds no text."),
  DOCUMENT_SCANNED: final("A PDF holds page images and no text layer; it needs OCR first."),
  DOCUMENT_ENCRYPTED: final("A document is protected by a password."),
  DOCUMENT_MALFORMED: final("A document's bytes are not a valid file of its format."),
  DOCUMENT_UNSUPPORTED: final("No loader reads this kind of file."),
  // running
  INPUT_INVALID: final("The input does not fit the pipeline's input schema; the message has the path."),
  OUTPUT_INVALID: final("A step returned a value that does not fit its output schema."),
  STEP_FAILED: final("The function of a code step threw an error, kept as cause."),
  OUTPUT_TOO_LARGE: final("A step's output is over the pipeline's `limits.outputBytes`."),
  STEP_TIMEOUT: final("A code step did not end within its `timeoutMs`."),
  LOOP_LIMIT: final("A loop's predicate did not hold after its last round."),
  RUN_TIMEOUT: final("A run worked longer than the pipeline's `limits.wallMs`."),
  WAITING: retryable("The run waits for a person's decision."),
  SLEEPING: retryable("The run sleeps until the time that a step of it named."),
  VERSION_MISMATCH: final(
    "The pipeline's version, or its definition, is not the one the run was enqueued for.",
  ),
  RUN_NOT_FOUND: final("No run or batch of this id exists on this backend."),
  RUN_CANCELLED: final("The run was cancelled or its signal aborted."),
  RUN_LOST: retryable("Another worker has taken the run over; what this one brought too late was discarded."),
  RUN_GONE: final("The store does not know the run any more: it was emptied, or lost what it held."),
  EVENTS_DROPPED: retryable(
    "Events of runs could not be written for those who watch; the runs themselves lost nothing.",
  ),
  POISON: final("Three workers died one after the other in the same step of the run."),
  REQUEST_BUDGET: final("A run would need more requests than its budget allows."),
  AGENT_STEPS: final("An agent asked for more model turns than its step allows, without giving an answer."),
  // models
  NOT_FREE: final("A model id, request path or request option that is not provably free; nothing was sent."),
  COST_DETECTED: final("A reply reported a cost above zero; the whole account is halted."),
  ACCOUNT_HALTED: final("Requests are halted for this account until a person resumes them."),
  ACCOUNT_REFUSED: final("The server refused the account: key invalid, no permission, or payment required."),
  NO_CANDIDATE: final("No free model in the catalogue fits what the step needs."),
  SERVER_UNREACHABLE: retryable("The server could not be reached, or gave no readable answer."),
  CHAIN_EXHAUSTED: retryable("Every candidate of the chain was tried and failed; the attempts are listed."),
  ANSWER_INVALID: retryable("A model's answer was not valid for the step's schema, also after the repair."),
  REQUEST_REFUSED: final("The server refused the request itself (schema, size); another model cannot help."),
  QUOTA_CLOSED: retryable("The account's free quota is spent until the stated time."),
  MODELS_COOLING: retryable("Every model that fits is cooling down after failures, until the stated time."),
  // backends and worker
  BACKEND_UNREACHABLE: retryable("Redis, or the embedded store, cannot be reached."),
  BACKEND_FULL: retryable("The store has no room left; nothing was stored of what was to be."),
  BACKEND_REFUSED: final("Redis does not let the user in, or not run a command or touch a key."),
  BACKEND_NEWER: final("The store was written by a newer version of Sluice; update this one."),
  BACKEND_BUSY: retryable("Another process holds the embedded store and does not share it."),
  STATE_INVALID: final("Shared state in the store is damaged or written by another version of Sluice."),
  CHECKPOINT_INVALID: retryable("A stored checkpoint does not match its hash or schema; the step is redone."),
  SHUTDOWN: retryable("The worker is stopping; the run goes on in another worker or later."),
  INTERNAL: final("A fault of Sluice itself; please report it."),
} as const satisfies Record<string, CodeEntry>;

/** A stable error code. */
export type ErrorCode = keyof typeof errorCodes;
