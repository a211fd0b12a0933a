import {
  type AnyPipeline,
  type Block,
  childrenOf,
  DEFAULT_LIMITS,
  estimateRequests,
  formatDuration,
  graphOf,
  type StepDefinition,
  type StepKind,
} from "@sluice/core";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { padded, widthOf } from "./table.ts";

/** A pipeline as JSON; with its graph when that is asked for. */
export function pipelineData(pipeline: AnyPipeline, { graph }: { graph: boolean }) {
  const { name, version, description, fingerprint, limits, weight } = pipeline;
  return {
    name,
    version,
    description,
    fingerprint,
    steps: stepsData(pipeline),
    requests: estimateRequests(pipeline),
    limits,
    weight,
    ...(graph ? { graph: graphOf(pipeline) } : {}),
  };
}

/** A step as JSON. */
interface StepData {
  name: string;
  kind: StepKind;
  /** The options that tell how often and how long it works. */
  [option: string]: unknown;
  /** The steps inside it; none for a step that does its work itself. */
  blocks: ReadonlyArray<{ name: string; steps: StepData[] }>;
}

function stepsData({ steps }: Block): StepData[] {
  return steps.map(({ name, step }) => ({
    name,
    kind: step.kind,
    ...optionsOf(step),
    blocks: childrenOf(step).map((child) => ({ name: child.name, steps: stepsData(child.block) })),
  }));
}

function optionsOf(step: StepDefinition): Record<string, unknown> {
  switch (step.kind) {
    case "code":
      return { maxAttempts: step.retry.maxAttempts, timeoutMs: step.timeoutMs };
    case "llm":
      return { task: step.task, models: step.models };
    case "agent": {
      const { task, models, tools, maxSteps, maxRequests } = step;
      return { task, models, tools: tools.map((tool) => tool.name), maxSteps, maxRequests };
    }
    case "map":
      return { concurrency: step.concurrency, onItemError: step.onItemError };
    case "reduce": {
      const { maxGroupItems, maxGroupTokens, concurrency } = step;
      return { maxGroupItems, maxGroupTokens, concurrency };
    }
    case "parallel":
      return {};
    case "branch":
      return { by: step.by };
    case "loop":
      return { maxRounds: step.maxRounds, onLimit: step.onLimit };
    case "pipeline":
      return { pipeline: step.pipeline.name, version: step.pipeline.version };
    case "approve":
      return { timeoutMs: step.timeoutMs };
    case "sleep":
      return { forMs: step.forMs };
  }
}

/**
 * ```
 * reports@2  Notes of each chunk, merged
 *   split     code
 *   notes     map     each item, 4 at a time
 *     note    llm     task general
 *   summary   reduce  groups of at most 12 items, 4 at a time
 *     merged  llm     task general
 *   requests per document: 1 per item of notes + about 1 per 11 items of summary
 *   limits: 100 requests
 * ```
 */
export function renderPipeline(pipeline: AnyPipeline): string {
  const { name, version, description } = pipeline;
  const head = [`${name}@${version}`, description === null ? "" : printable(description)];
  const limits = unusualLimits(pipeline);
  return [
    head.join("  ").trimEnd(),
    ...renderTree(rowsOf(pipeline, 1)),
    `  requests per document: ${printable(estimateRequests(pipeline).text)}`,
    ...(limits.length > 0 ? [`  limits: ${limits.join(", ")}`] : []),
  ].join("\n");
}

/** A step, or the name of one of several blocks inside a step, which has no kind. */
interface Row {
  readonly name: string;
  readonly kind: string;
  readonly facts: string;
}

function rowsOf({ steps }: Block, depth: number): Row[] {
  return steps.flatMap(({ name, step }) => [
    { name: indented(name, depth), kind: step.kind, facts: factsOf(step).map(printable).join(", ") },
    ...childrenOf(step).flatMap((child) => {
      const isNamed = step.kind === "parallel" || step.kind === "branch";
      // A branch that is one step of the branch's own name is not named twice, in step paths neither.
      if (!isNamed || isOneStepOf(child.name, child.block)) return rowsOf(child.block, depth + 1);
      const title = { name: `${indented(child.name, depth + 1)}:`, kind: "", facts: "" };
      return [title, ...rowsOf(child.block, depth + 2)];
    }),
  ]);
}

function isOneStepOf(name: string, { steps }: Block): boolean {
  return steps.length === 1 && steps[0]?.name === name;
}

function indented(name: string, depth: number): string {
  return "  ".repeat(depth) + printable(name);
}

/** Names, kinds and facts in three columns. */
function renderTree(rows: readonly Row[]): string[] {
  const widest = (texts: readonly string[]) => Math.max(0, ...texts.map(widthOf));
  const nameWidth = widest(rows.filter(({ kind }) => kind !== "").map(({ name }) => name));
  const kindWidth = widest(rows.map(({ kind }) => kind));
  return rows.map(({ name, kind, facts }) =>
    `${padded(name, nameWidth)}  ${padded(kind, kindWidth)}  ${facts}`.trimEnd(),
  );
}

/** What else is worth knowing of a step. */
function factsOf(step: StepDefinition): string[] {
  switch (step.kind) {
    case "code":
      return step.retry.maxAttempts > 1 ? [`up to ${step.retry.maxAttempts} tries`] : [];
    case "llm":
      return askFacts(step);
    case "agent":
      return [...askFacts(step), `at most ${step.maxSteps} turns`, ...toolFacts(step.tools)];
    case "map":
      return [`each item, ${step.concurrency} at a time`];
    case "reduce":
      return [`groups of at most ${step.maxGroupItems} items, ${step.concurrency} at a time`];
    case "parallel":
      return [];
    case "branch":
      return step.by === null ? [] : [`by ${step.by}`];
    case "loop":
      return [`at most ${plural(step.maxRounds, "round")}`];
    case "pipeline":
      return [`${step.pipeline.name}@${step.pipeline.version}`];
    case "approve":
      return [
        step.timeoutMs === null ? "until somebody decides" : `at most ${formatDuration(step.timeoutMs)}`,
      ];
    case "sleep":
      return [step.forMs === null ? "until a time" : formatDuration(step.forMs)];
  }
}

function askFacts({ task, models }: { task: string; models: readonly string[] | null }): string[] {
  return [`task ${task}`, ...(models ? [`only ${models.join(", ")}`] : [])];
}

function toolFacts(tools: ReadonlyArray<{ name: string }>): string[] {
  return tools.length > 0 ? [`tools ${tools.map(({ name }) => name).join(", ")}`] : [];
}

/** Whatever a run may use that is not what every pipeline may. */
function unusualLimits({ limits, weight }: AnyPipeline): string[] {
  const { requests, wallMs, outputBytes } = limits;
  const told: string[] = [];
  if (requests !== DEFAULT_LIMITS.requests) told.push(plural(requests, "request"));
  if (wallMs !== DEFAULT_LIMITS.wallMs) told.push(`${formatDuration(wallMs)} of work`);
  if (outputBytes !== DEFAULT_LIMITS.outputBytes) told.push(`outputs of at most ${bytes(outputBytes)}`);
  if (weight !== 1) told.push(`weight ${weight}`);
  return told;
}

function bytes(count: number): string {
  const [size, unit] = count < 1024 * 1024 ? [count / 1024, "KiB"] : [count / 1024 / 1024, "MiB"];
  return count < 1024 ? plural(count, "byte") : `${Number(size.toFixed(1))} ${unit}`;
}
