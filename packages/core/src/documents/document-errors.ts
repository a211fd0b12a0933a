import type { ErrorCode } from "../errors/codes.ts";
import { type Fact, SluiceError } from "../errors/sluice-error.ts";

/** What the loaders read, as one phrase for messages. */
const READABLE_FORMATS = "PDF, HTML, Markdown and plain text (source code, CSV, JSON, logs and the like)";

/** What a document error is made from. */
export interface DocumentErrorInit {
  /** The document's name; the message starts with it. */
  name: string;
  /** What happened and what to do, as the rest of the sentence that the name begins. */
  problem: string;
  facts?: Readonly<Record<string, Fact>>;
  cause?: unknown;
}

/** An error about one document: its message starts with the quoted name, its facts hold it as `document`. */
export function documentError(code: ErrorCode, init: DocumentErrorInit): SluiceError {
  const facts = { document: init.name, ...init.facts };
  // A file name may hold newlines or escape sequences, which must not reach a terminal as they are.
  const message = `${JSON.stringify(init.name)} ${init.problem}`;
  return "cause" in init
    ? new SluiceError(code, { message, facts, cause: init.cause })
    : new SluiceError(code, { message, facts });
}

/** DOCUMENT_UNSUPPORTED for a file of a kind that no loader reads, for example "a Word document". */
export function unsupportedError(name: string, kind: string): SluiceError {
  return documentError("DOCUMENT_UNSUPPORTED", {
    name,
    problem:
      `is ${kind}, which no loader reads. Sluice reads ${READABLE_FORMATS}: ` +
      "convert the file to one of these, or leave it out.",
    facts: { kind },
  });
}

/** DOCUMENT_EMPTY for a file without text. `why` says what was looked at. */
export function emptyError(name: string, why: string): SluiceError {
  return documentError("DOCUMENT_EMPTY", {
    name,
    problem: `holds no text (${why}); leave it out or check how it was made.`,
  });
}
