import { SleepingError } from "../../errors/rest-errors.ts";
import { SluiceError } from "../../errors/sluice-error.ts";
import type { SleepDefinition } from "../../pipeline/step.ts";
import { callAuthor } from "../author-code.ts";
import type { StepAt } from "../run-context.ts";

/** Waits until the recorded time: in place when it is near, else by parking the run. */
export async function runSleep(step: SleepDefinition, at: StepAt): Promise<unknown> {
  const { path, run } = at;
  const wakeAt = new Date(String(await run.outputs.remember(`${path}#until`, () => wakeTime(step, at))));
  const leftMs = wakeAt.getTime() - run.clock.now();
  if (leftMs > run.maxWaitMs) throw new SleepingError(path, wakeAt.getTime());
  if (leftMs > 0) await run.clock.sleep(leftMs, run.interrupt.signal);
  return wakeAt.toISOString();
}

async function wakeTime({ forMs, until }: SleepDefinition, { path, view, run }: StepAt): Promise<string> {
  const given = until
    ? await callAuthor(`\`until\` of step "${path}"`, path, () => until(view))
    : run.clock.now() + (forMs ?? 0);
  const wakeAt = new Date(given);
  if (!Number.isNaN(wakeAt.getTime())) return wakeAt.toISOString();
  throw new SluiceError("STEP_FAILED", {
    message: `\`until\` of step "${path}" gave no time; give epoch milliseconds, a Date or an ISO 8601 text.`,
    facts: { step: path },
  });
}
