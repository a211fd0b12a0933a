import { AsyncLocalStorage } from "node:async_hooks";

/** An error that nobody caught, and that fails no step. */
export interface StrayError {
  error: unknown;
  /** The step whose function had returned when it left this behind; null when nobody knows whose it is. */
  step: string | null;
  /** It was thrown outside of every promise, and nobody knows what it has left half done: the process should end. */
  isFatal: boolean;
}

/** A call of a function of an author's. */
interface Call {
  readonly step: string;
  /** Ends the wait for it, while somebody waits. */
  fail: ((error: unknown) => void) | undefined;
}

/** Set in a process that catches stray errors: following calls costs all others nothing. */
let calls: AsyncLocalStorage<Call> | undefined;

/**
 * Keeps this process alive when a function of a step throws where nothing waits for it: in a timer, or in a promise that
 * nobody holds. The step fails with that error as STEP_FAILED, and other runs go on.
 *
 * It takes over `uncaughtException` and `unhandledRejection` for the whole process, once and for good. Programs with a
 * worker of their own may call it at their start; the `sluice` command does.
 *
 * @param onStray told what fails no step. A fatal error should end the process, as Node would have done.
 */
export function catchStrayErrors(onStray: (stray: StrayError) => void): void {
  if (calls) return;
  calls = new AsyncLocalStorage();
  process.on("uncaughtException", (error) => blame(error, onStray, true));
  process.on("unhandledRejection", (error) => blame(error, onStray, false));
}

/** Node tells of such an error in the context in which its cause was started. */
function blame(error: unknown, onStray: (stray: StrayError) => void, wasThrown: boolean): void {
  const call = calls?.getStore();
  if (call?.fail) call.fail(error);
  else onStray({ error, step: call?.step ?? null, isFatal: wasThrown && !call });
}

/** Calls a function of an author's. What it comes to fails with the errors that it lets stray while it is waited for. */
export function followed<T>(step: string, call: () => T | Promise<T>): T | Promise<T> {
  if (!calls) return call();
  const own: Call = { step, fail: undefined };
  const result = calls.run(own, call);
  return result instanceof Promise ? untilStray(result, own) : result;
}

async function untilStray<T>(result: Promise<T>, own: Call): Promise<T> {
  try {
    return await new Promise<T>((resolve, reject) => {
      own.fail = reject;
      result.then(resolve, reject);
    });
  } finally {
    own.fail = undefined;
  }
}
