import { SluiceError } from "../../errors/sluice-error.ts";
import type { AgentTask, AgentTool } from "../../models/agent/agent-task.ts";
import { answerSchema } from "../../models/structured/answer-schema.ts";
import type { AgentDefinition, ToolDefinition } from "../../pipeline/step.ts";
import { checkValue } from "../../shared/schema.ts";
import type { StepAt, StepResult } from "../run-context.ts";
import { followed } from "../stray-errors.ts";
import { acceptOutput } from "./accept-output.ts";
import { callOf, messagesOf } from "./question.ts";

/** Lets a model call the step's tools until it answers; turns and tool results are recorded as they come. */
export async function runAgentStep(step: AgentDefinition, at: StepAt): Promise<StepResult> {
  const { path, run } = at;
  const task = await taskOf(step, at);
  const call = callOf(run, path);
  const meter = step.maxRequests === null ? call.meter : call.meter.part(step.maxRequests);
  // LangChain's agents are loaded by those who use them.
  const { runAgent } = await import("../../models/agent/run-agent.ts");
  const answer = await runAgent(task, {
    layer: run.models,
    call: { ...call, meter },
    remember: (key, produce) => run.outputs.remember(`${path}#${key}`, produce),
  });
  return { output: answer.value, cached: answer.cached };
}

async function taskOf(step: AgentDefinition, at: StepAt): Promise<AgentTask<unknown>> {
  const { system, output, maxSteps, task, models, temperature, maxOutputTokens, maxRepairs, cache } = step;
  return {
    system,
    messages: await messagesOf(step.prompt, at),
    tools: step.tools.map((tool) => toolOf(tool, at.path)),
    answer: output ? answerSchema(output, `Step "${at.path}"`) : undefined,
    accept: acceptOutput(step, at),
    maxSteps,
    task,
    models: models ?? undefined,
    temperature,
    maxOutputTokens,
    maxRepairs,
    cache,
  };
}

function toolOf({ name, description, input, run }: ToolDefinition, path: string): AgentTool {
  return {
    name,
    description,
    parameters: answerSchema(input, `Tool "${name}"`, "input").schema,
    async call(args, context) {
      const checked = await checkValue(input, args);
      if (checked.ok) return followed(path, () => run(checked.value, context));
      throw new SluiceError("OPTION_INVALID", {
        message: `The arguments do not fit: ${checked.problem}`,
        facts: { tool: name },
      });
    },
  };
}
