import { ParkError } from "../errors/quota-errors.ts";
import { WaitingError } from "../errors/rest-errors.ts";

/** True when a run rests, and nothing has failed. */
export function isRest(error: unknown): error is ParkError | WaitingError {
  return error instanceof ParkError || error instanceof WaitingError;
}

/**
 * What a run comes to when several of its parts stopped at the same time: a failure counts before any rest, a rest that
 * ends by itself before one that needs a person, and of rests that end by themselves the one that ends first.
 */
export function foremost(errors: readonly unknown[]): unknown {
  const failure = errors.find((error) => !isRest(error));
  if (failure !== undefined) return failure;
  return errors
    .filter(isRest)
    .reduce((first, error) => (endOf(error) < endOf(first) ? error : first), errors[0]);
}

function endOf(error: unknown): number {
  return isRest(error) ? (error.until ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY;
}
