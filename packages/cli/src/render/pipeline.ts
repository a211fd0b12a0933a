import type { AnyPipeline, NamedStep } from "@sluice/core";
import { printable } from "./printable.ts";

/**
 * ```
 * letters@1  What a letter wants
 *   extract  llm   task general
 *   check    code
 * ```
 */
export function renderPipeline({ name, version, description, steps }: AnyPipeline): string {
  const width = Math.max(...steps.map((one) => one.name.length));
  const head = [`${name}@${version}`, description === null ? "" : printable(description)];
  return [head.join("  ").trimEnd(), ...steps.map((one) => `  ${renderStep(one, width)}`)].join("\n");
}

function renderStep({ name, step }: NamedStep, width: number): string {
  const kind = step.kind.padEnd(4);
  if (step.kind !== "llm" && step.kind !== "agent") return `${name.padEnd(width)}  ${kind}`.trimEnd();
  const models = step.models ? `, only ${step.models.join(", ")}` : "";
  return `${name.padEnd(width)}  ${kind}  task ${step.task}${models}`;
}
