import { SluiceError } from "../../errors/sluice-error.ts";
import type { CodeDefinition } from "../../pipeline/step.ts";
import { abortable } from "../abortable.ts";
import { callAuthor, validOutput } from "../author-code.ts";
import type { StepAt } from "../run-context.ts";

/** Runs the function of a code step, again after an error where the step says so. */
export async function runCode(step: CodeDefinition, at: StepAt): Promise<unknown> {
  const { path } = at;
  const value = await callWithRetries(step, at);
  return validOutput(`What step "${path}" returned`, path, { schema: step.output, value });
}

async function callWithRetries(step: CodeDefinition, at: StepAt): Promise<unknown> {
  const { maxAttempts, delayMs } = step.retry;
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(step, at);
    } catch (error) {
      const mayPass = SluiceError.has(error, "STEP_FAILED") || SluiceError.has(error, "STEP_TIMEOUT");
      if (!mayPass || attempt >= maxAttempts || at.run.signal.aborted) throw error;
      await at.run.clock.sleep(delayMs * 2 ** (attempt - 1), at.run.signal);
    }
  }
}

async function callOnce(step: CodeDefinition, at: StepAt): Promise<unknown> {
  if (step.timeoutMs === null) return call(step, at, at.run.signal);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(timedOut(at.path, step.timeoutMs)), step.timeoutMs);
  try {
    return await call(step, at, AbortSignal.any([at.run.signal, limit.signal]));
  } finally {
    clearTimeout(timer);
  }
}

async function call(
  step: CodeDefinition,
  { path, view, run }: StepAt,
  signal: AbortSignal,
): Promise<unknown> {
  const context = {
    run: { id: run.runId },
    document: run.document,
    signal,
    log: (message: string, facts = {}) =>
      run.emit({ type: "step.log", runId: run.runId, step: path, message, facts }),
  };
  try {
    return await callAuthor(`Step "${path}"`, path, () =>
      abortable(step.run({ ...view, ...context }), signal),
    );
  } catch (error) {
    // A function that stopped because it was told to has not failed.
    if (signal.aborted) throw signal.reason;
    throw error;
  }
}

function timedOut(path: string, timeoutMs: number | null): SluiceError {
  return new SluiceError("STEP_TIMEOUT", {
    message: `Step "${path}" did not end within its ${timeoutMs} ms; raise its \`timeoutMs\`, or make it quicker.`,
    facts: { step: path, timeoutMs },
  });
}
