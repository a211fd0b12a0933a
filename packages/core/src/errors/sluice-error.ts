import { type ErrorCode, errorCodes } from "./codes.ts";

const BRAND = Symbol.for("sluice.error");

/** A plain, JSON-safe fact about an error: shown to people, stored with a failed run. */
export type Fact = string | number | boolean | null | readonly string[] | readonly number[];

/** What a caller may do about an error: try again later, or not without a change. */
export type Verdict = "retryable" | "final";

/** The facts a {@link SluiceError} is made from. */
export interface SluiceErrorInit {
  /** What happened, where, and what to do: one sentence or two, without secrets or document text. */
  message: string;
  /** The values behind the message, as fields. */
  facts?: Readonly<Record<string, Fact>>;
  /** The error underneath, always kept. */
  cause?: unknown;
}

/**
 * The one base class of everything Sluice throws on purpose.
 *
 * `code` is stable and listed in docs/reference/errors.md; a program decides by it, never by the message.
 */
export class SluiceError extends Error {
  override readonly name: string = "SluiceError";
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, Fact>>;
  /** Whether the same work may succeed later without a change. */
  readonly verdict: Verdict;

  constructor(code: ErrorCode, init: SluiceErrorInit) {
    super(init.message, "cause" in init ? { cause: init.cause } : undefined);
    this.code = code;
    this.facts = init.facts ?? {};
    this.verdict = errorCodes[code].verdict;
    Object.defineProperty(this, BRAND, { value: true });
  }

  /** True for a SluiceError of any copy of this package (by brand, not by class). */
  static is(value: unknown): value is SluiceError {
    return typeof value === "object" && value !== null && BRAND in value;
  }

  /** True for a SluiceError with exactly this code. */
  static has(value: unknown, code: ErrorCode): value is SluiceError {
    return SluiceError.is(value) && value.code === code;
  }
}

/** What is stored of an error with a failed run, and printed as `error` in results. */
export interface ErrorRecord {
  code: string;
  message: string;
}

/** The stored form of any thrown value; a foreign error gets the given code. */
export function toErrorRecord(error: unknown, foreignCode: ErrorCode = "INTERNAL"): ErrorRecord {
  if (SluiceError.is(error)) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  return { code: foreignCode, message };
}
