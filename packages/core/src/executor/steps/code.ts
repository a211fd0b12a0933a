import { SluiceError } from "../../errors/sluice-error.ts";
import type { CodeDefinition } from "../../pipeline/step.ts";
import type { CodeContext } from "../../pipeline/steps/code.ts";
import { authorError, validOutput } from "../author-code.ts";
import { Interrupt } from "../interrupt.ts";
import type { StepAt } from "../run-context.ts";
import { followed } from "../stray-errors.ts";

/** Runs the function of a code step, again after an error where the step says so. */
export async function runCode(step: CodeDefinition, at: StepAt): Promise<unknown> {
  const { path } = at;
  const value = step.retry.maxAttempts > 1 ? await callWithRetries(step, at) : await callOnce(step, at);
  return validOutput(`What step "${path}" returned`, path, { schema: step.output, value });
}

async function callWithRetries(step: CodeDefinition, at: StepAt): Promise<unknown> {
  const { maxAttempts, delayMs } = step.retry;
  for (let attempt = 1; ; attempt++) {
    try {
      return await callOnce(step, at);
    } catch (error) {
      const mayPass = SluiceError.has(error, "STEP_FAILED") || SluiceError.has(error, "STEP_TIMEOUT");
      if (!mayPass || attempt >= maxAttempts) throw error;
      await at.run.clock.sleep(delayMs * 2 ** (attempt - 1), at.run.interrupt.signal);
    }
  }
}

function callOnce(step: CodeDefinition, at: StepAt): Promise<unknown> {
  const { timeoutMs } = step;
  return timeoutMs === null ? call(step, at, at.run.interrupt) : callInTime(step, at, timeoutMs);
}

async function callInTime(step: CodeDefinition, at: StepAt, timeoutMs: number): Promise<unknown> {
  const deadline = { afterMs: timeoutMs, reason: () => timedOut(at.path, timeoutMs) };
  const interrupt = new Interrupt(at.run.interrupt.signal, deadline);
  try {
    return await call(step, at, interrupt);
  } finally {
    interrupt.end();
  }
}

async function call(step: CodeDefinition, at: StepAt, interrupt: Interrupt): Promise<unknown> {
  try {
    const view = Object.assign(new StepContext(at, interrupt), at.view);
    return await interrupt.wait(followed(at.path, () => step.run(view)));
  } catch (error) {
    // A function that stopped because it was told to has not failed.
    interrupt.throwIfAborted();
    throw authorError(`Step "${at.path}"`, at.path, error);
  }
}

/** What a code step's function gets beside the view. */
class StepContext implements CodeContext {
  readonly run: { readonly id: string };
  readonly document: CodeContext["document"];
  readonly log: CodeContext["log"];
  readonly #interrupt: Interrupt;

  constructor({ path, run }: StepAt, interrupt: Interrupt) {
    const { runId, document, emit } = run;
    this.run = { id: runId };
    this.document = document;
    this.log = (message, facts = {}) => emit({ type: "step.log", runId, step: path, message, facts });
    this.#interrupt = interrupt;
  }

  /** Most functions never ask for it. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }
}

function timedOut(path: string, timeoutMs: number): SluiceError {
  return new SluiceError("STEP_TIMEOUT", {
    message: `Step "${path}" did not end within its ${timeoutMs} ms; raise its \`timeoutMs\`, or make it quicker.`,
    facts: { step: path, timeoutMs },
  });
}
