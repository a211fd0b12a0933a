import { SluiceError } from "../errors/sluice-error.ts";
import { type Checked, checkValue, type Schema } from "../shared/schema.ts";
import { followed } from "./stray-errors.ts";

/**
 * Calls a function of the author's and waits for it.
 *
 * @param what what it is, for the message: `` The prompt of step "ask" ``.
 * @throws SluiceError STEP_FAILED with the thrown error as cause. A SluiceError is thrown on as it is: a model asked
 *   from inside the function may say that the run should park.
 */
export async function callAuthor<T>(what: string, step: string, call: () => T | Promise<T>): Promise<T> {
  try {
    return await followed(step, call);
  } catch (error) {
    throw authorError(what, step, error);
  }
}

/** The error that a function of the author's comes to when it throws; see {@link callAuthor}. */
export function authorError(what: string, step: string, error: unknown): SluiceError {
  if (SluiceError.is(error)) return error;
  const reason = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new SluiceError("STEP_FAILED", {
    message: `${what} threw ${reason}`,
    facts: { step },
    cause: error,
  });
}

/** A value that a function of the author's gave, and what it must look like. */
export interface Given {
  schema: Schema<unknown>;
  value: unknown;
}

/**
 * A value as its schema gives it; a promise only where the schema's own check is asynchronous.
 *
 * @param what what it is, for the message.
 * @throws SluiceError OUTPUT_INVALID with the path and the offending value, shortened.
 */
export function validOutput(what: string, step: string, { schema, value }: Given): unknown {
  const checked = checkValue(schema, value);
  return checked instanceof Promise
    ? checked.then((settled) => valueIn(settled, what, step))
    : valueIn(checked, what, step);
}

function valueIn(checked: Checked<unknown>, what: string, step: string): unknown {
  if (checked.ok) return checked.value;
  throw new SluiceError("OUTPUT_INVALID", {
    message: `${what} does not fit its schema:\n${checked.problem}`,
    facts: { step },
  });
}
