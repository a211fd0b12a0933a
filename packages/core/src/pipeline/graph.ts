import { formatDuration } from "../shared/duration.ts";
import { childrenOf, pathInto } from "./children.ts";
import type { Block, NamedStep, PipelineBody, StepDefinition, StepKind } from "./step.ts";

/** A step of the graph; one that holds blocks is a node too, before its groups. */
export interface GraphNode {
  /** As the run's events name the step, with a star in place of each number. */
  readonly path: string;
  readonly name: string;
  readonly kind: StepKind;
  /** What else a reader wants to know: `at most 3 rounds`. Null when the kind says it all. */
  readonly note: string | null;
  /** The path of the group around it; null for a step of the pipeline itself. */
  readonly group: string | null;
}

/** What follows what. */
export interface GraphEdge {
  /** The path of a node; null is the pipeline's beginning. */
  readonly from: string | null;
  /** The path of a node; null is the pipeline's end. */
  readonly to: string | null;
  /** The case of a branch, or why it goes back. */
  readonly label: string | null;
  /** True for the way back to a step that does its block once more. */
  readonly back: boolean;
}

/** A block inside a step. */
export interface GraphGroup {
  /** The path of its step, a slash, and the block's name: `handled/invoice`. */
  readonly path: string;
  readonly title: string;
  /** The path of the group around it; null when the pipeline itself is around it. */
  readonly group: string | null;
}

/** The steps of a pipeline and their order. Lists are in the order of definition. */
export interface PipelineGraph {
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  readonly groups: readonly GraphGroup[];
}

/** The graph of a pipeline: every step of it and of the blocks inside is a node. */
export function graphOf(pipeline: PipelineBody): PipelineGraph {
  const graph: Growing = { nodes: [], edges: [], groups: [] };
  const ends = addBlock(graph, { block: pipeline, prefix: "", group: null }, [{ from: null, label: null }]);
  connect(graph, ends, null);
  return graph;
}

/** A graph that is being made. */
interface Growing {
  readonly nodes: GraphNode[];
  readonly edges: GraphEdge[];
  readonly groups: GraphGroup[];
}

/** An edge that does not know yet where it leads. */
type OpenEdge = Pick<GraphEdge, "from" | "label">;

/** A block in its place. */
interface PlacedBlock {
  readonly block: Block;
  readonly prefix: string;
  readonly group: string | null;
}

/** Adds the steps of a block, one after the other; gives the edges that lead out of it. */
function addBlock(
  graph: Growing,
  { block, prefix, group }: PlacedBlock,
  open: readonly OpenEdge[],
): readonly OpenEdge[] {
  let ends = open;
  for (const named of block.steps) {
    const path = `${prefix}${named.name}`;
    graph.nodes.push({ path, name: named.name, kind: named.step.kind, note: noteOf(named.step), group });
    connect(graph, ends, path);
    ends = addChildren(graph, { named, path, group });
  }
  return ends;
}

/** Adds the blocks inside a step, side by side; gives the edges that lead out of them, or of the step alone. */
function addChildren(
  graph: Growing,
  { named: { step }, path, group }: { named: NamedStep; path: string; group: string | null },
): readonly OpenEdge[] {
  const children = childrenOf(step);
  if (children.length === 0) return [{ from: path, label: null }];
  const ends = children.flatMap((child) => {
    const inner = `${path}/${child.name}`;
    graph.groups.push({ path: inner, title: titleOf(step, child.name), group });
    const start = { from: path, label: step.kind === "branch" ? child.name : null };
    return addBlock(graph, { block: child.block, prefix: pathInto(path, child), group: inner }, [start]);
  });
  const again = againOf(step);
  if (again !== null) {
    for (const { from } of ends) graph.edges.push({ from, to: path, label: again, back: true });
  }
  return ends;
}

function connect({ edges }: Growing, open: readonly OpenEdge[], to: string | null): void {
  for (const edge of open) edges.push({ ...edge, to, back: false });
}

/** Why a step does its block once more; null where it does not. */
function againOf(step: StepDefinition): string | null {
  if (step.kind === "loop" && step.maxRounds > 1) return `again, at most ${step.maxRounds} rounds`;
  return step.kind === "reduce" ? "until one is left" : null;
}

function titleOf(step: StepDefinition, block: string): string {
  switch (step.kind) {
    case "map":
      return `each item, ${step.concurrency} at a time`;
    case "reduce":
      return `each group of at most ${step.maxGroupItems} items`;
    case "loop":
      return "each round";
    case "pipeline":
      return `${step.pipeline.name}@${step.pipeline.version}`;
    default:
      return block;
  }
}

function noteOf(step: StepDefinition): string | null {
  switch (step.kind) {
    case "llm":
      return `task ${step.task}`;
    case "agent":
      return `at most ${step.maxSteps} turns`;
    case "branch":
      return step.by === null ? null : `by ${step.by}`;
    case "approve":
      return step.timeoutMs === null ? null : `at most ${formatDuration(step.timeoutMs)}`;
    case "sleep":
      return step.forMs === null ? "until a time" : formatDuration(step.forMs);
    default:
      return null;
  }
}

/** How each kind looks in a Mermaid flowchart: what stands before and after its label. */
const SHAPES: Readonly<Record<StepKind, readonly [open: string, close: string]>> = {
  code: ["[", "]"],
  llm: ["(", ")"],
  agent: ["([", "])"],
  map: ["{{", "}}"],
  reduce: ["[\\", "/]"],
  parallel: ["{{", "}}"],
  branch: ["{", "}"],
  loop: ["{{", "}}"],
  pipeline: ["[[", "]]"],
  approve: ["[/", "/]"],
  sleep: ["((", "))"],
};

/**
 * A pipeline as a Mermaid flowchart. Blocks are subgraphs, the way back of a loop is dotted, a step that waits for a
 * person is a parallelogram and one that sleeps a circle. The same pipeline gives the same text. Names stand in it as
 * text only, whatever characters they hold.
 */
export function mermaid(pipeline: PipelineBody): string {
  const graph = graphOf(pipeline);
  const ids = new Map<string | null, string>(graph.nodes.map(({ path }, index) => [path, `s${index}`]));
  const edges = graph.edges.map(({ from, to, label, back }) => {
    const text = label === null ? "" : `|${quoted(label)}|`;
    return `  ${ids.get(from) ?? "start"} ${back ? "-.->" : "-->"}${text} ${ids.get(to) ?? "finish"}`;
  });
  return [
    "flowchart TD",
    `  start([${quoted(`${pipeline.name}@${pipeline.version}`)}])`,
    ...drawGroup({ graph, ids }, null, "  "),
    '  finish(["output"])',
    ...edges,
  ].join("\n");
}

/** The nodes of a group, then the subgraphs in it. */
function drawGroup(
  drawing: { graph: PipelineGraph; ids: ReadonlyMap<string | null, string> },
  group: string | null,
  indent: string,
): string[] {
  const { graph, ids } = drawing;
  const nodes = graph.nodes
    .filter((node) => node.group === group)
    .map((node) => `${indent}${ids.get(node.path) ?? ""}${drawNode(node)}`);
  const groups = graph.groups.flatMap(({ path, title, group: parent }, index) => {
    if (parent !== group) return [];
    const inner = drawGroup(drawing, path, `${indent}  `);
    return [`${indent}subgraph b${index} [${quoted(title)}]`, ...inner, `${indent}end`];
  });
  return [...nodes, ...groups];
}

function drawNode({ name, kind, note }: GraphNode): string {
  const [open, close] = SHAPES[kind];
  const facts = note === null ? kind : `${kind}, ${note}`;
  return `${open}"${escaped(name)}<br/>${escaped(facts)}"${close}`;
}

function quoted(text: string): string {
  return `"${escaped(text)}"`;
}

/**
 * Text inside quotes: letters, digits and a few harmless marks stay, all else is written as its number. What cannot be
 * seen or would turn the direction of writing becomes U+FFFD; an empty label, which the syntax forbids, a blank.
 */
function escaped(text: string): string {
  const safe = text
    .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "\uFFFD")
    .replace(/[^\p{L}\p{M}\p{N}\uFFFD ,.@_-]/gu, (character) => `#${character.codePointAt(0) ?? 0};`);
  return safe.trim() === "" ? "#160;" : safe;
}
