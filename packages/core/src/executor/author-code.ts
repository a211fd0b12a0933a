import { SluiceError } from "../errors/sluice-error.ts";
import { checkValue, type Schema } from "../shared/schema.ts";

/**
 * Calls a function of the author's and waits for it.
 *
 * @param what what it is, for the message: `` The prompt of step "ask" ``.
 * @throws SluiceError STEP_FAILED with the thrown error as cause. A SluiceError is thrown on as it is: a model asked
 *   from inside the function may say that the run should park.
 */
export async function callAuthor<T>(what: string, step: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    throw SluiceError.is(cause) ? cause : stepFailed(what, step, cause);
  }
}

/** The error of a function of the author's that threw. */
export function stepFailed(what: string, step: string, cause: unknown): SluiceError {
  const reason = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return new SluiceError("STEP_FAILED", { message: `${what} threw ${reason}`, facts: { step }, cause });
}

/**
 * A value as a schema gives it.
 *
 * @throws SluiceError OUTPUT_INVALID with the path and the offending value, shortened.
 */
export async function validOutput(
  what: string,
  step: string,
  { schema, value }: { schema: Schema<unknown>; value: unknown },
): Promise<unknown> {
  const checked = await checkValue(schema, value);
  if (checked.ok) return checked.value;
  throw new SluiceError("OUTPUT_INVALID", {
    message: `${what} does not fit its schema:\n${checked.problem}`,
    facts: { step },
  });
}
