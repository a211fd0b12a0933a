import type { StepDefinition } from "../pipeline/step.ts";
import type { StepAt, StepResult } from "./run-context.ts";
import { runAgentStep } from "./steps/agent.ts";
import { runApprove } from "./steps/approve.ts";
import { runBranch } from "./steps/branch.ts";
import { runCode } from "./steps/code.ts";
import { runLlm } from "./steps/llm.ts";
import { runLoop } from "./steps/loop.ts";
import { runMap } from "./steps/map.ts";
import { runParallel } from "./steps/parallel.ts";
import { runReduce } from "./steps/reduce.ts";
import { runSleep } from "./steps/sleep.ts";
import { runSub } from "./steps/sub.ts";

/**
 * Runs one step, whatever its kind.
 *
 * @throws ParkError or WaitingError when the run should rest; SluiceError for what fails the step; the signal's reason.
 */
export async function runStep(step: StepDefinition, at: StepAt): Promise<StepResult> {
  switch (step.kind) {
    case "code":
      return made(await runCode(step, at));
    case "llm":
      return runLlm(step, at);
    case "agent":
      return runAgentStep(step, at);
    case "map":
      return made(await runMap(step, at));
    case "reduce":
      return made(await runReduce(step, at));
    case "parallel":
      return made(await runParallel(step, at));
    case "branch":
      return made(await runBranch(step, at));
    case "loop":
      return made(await runLoop(step, at));
    case "pipeline":
      return made(await runSub(step, at));
    case "approve":
      return made(await runApprove(step, at));
    case "sleep":
      return made(await runSleep(step, at));
  }
}

/** An output that no cached answer gave as a whole. */
function made(output: unknown): StepResult {
  return { output, cached: false };
}
