import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { walkSteps } from "./children.ts";
import { definePipeline } from "./define-pipeline.ts";
import { graphOf, mermaid } from "./graph.ts";
import type { Block, StepDefinition } from "./step.ts";
import { agent } from "./steps/agent.ts";
import { approve } from "./steps/approve.ts";
import { branch } from "./steps/branch.ts";
import { code } from "./steps/code.ts";
import { llm } from "./steps/llm.ts";
import { loop } from "./steps/loop.ts";
import { map } from "./steps/map.ts";
import { parallel } from "./steps/parallel.ts";
import { reduce } from "./steps/reduce.ts";
import { sleep } from "./steps/sleep.ts";
import { sub } from "./steps/sub.ts";

const begin = (name = "reports") =>
  definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const ask = () => llm({ prompt: "x" });
const size = code({ output: z.number(), run: () => 1 });
const lines = (): string[] => [];

describe("a pipeline as a Mermaid flowchart", () => {
  it("draws steps that do their work themselves, one after the other", () => {
    const pipeline = begin()
      .step("extract", llm({ prompt: "x", task: "vision" }))
      .step("tax", agent({ prompt: "x", tools: [] }))
      .step("check", size);
    expect(mermaid(pipeline)).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0("extract<br/>llm, task vision")
        s1(["tax<br/>agent, at most 8 turns"])
        s2["check<br/>code"]
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 --> s2
        s2 --> finish"
    `);
  });

  it("draws waits in shapes of their own", () => {
    const pipeline = begin()
      .step("later", sleep({ forMs: 7_200_000 }))
      .step("release", approve({ decision: z.boolean(), question: () => "Go on?" }))
      .step("publish", sleep({ until: () => 0 }));
    expect(mermaid(pipeline)).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0(("later<br/>sleep, 2 h"))
        s1[/"release<br/>approve"/]
        s2(("publish<br/>sleep, until a time"))
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 --> s2
        s2 --> finish"
    `);
  });

  it("draws what is done for each item, and how groups are combined", () => {
    const pipeline = begin()
      .step("notes", map({ over: lines, each: (item) => item.step("read", ask()).step("size", size) }))
      .step("summary", reduce({ over: lines, combine: (group) => group.step("merged", ask()) }));
    expect(mermaid(pipeline)).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0{{"notes<br/>map"}}
        s3[\\"summary<br/>reduce"/]
        subgraph b0 ["each item, 4 at a time"]
          s1("read<br/>llm, task general")
          s2["size<br/>code"]
        end
        subgraph b1 ["each group of at most 12 items"]
          s4("merged<br/>llm, task general")
        end
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 --> s2
        s2 --> s3
        s3 --> s4
        s4 -.->|"until one is left"| s3
        s4 --> finish"
    `);
  });

  it("draws branches side by side, which meet again", () => {
    const both = parallel({
      tags: ask(),
      summary: (two) => two.step("draft", ask()).step("final", ask()),
    });
    expect(mermaid(begin().step("both", both).step("end", size))).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0{{"both<br/>parallel"}}
        s4["end<br/>code"]
        subgraph b0 ["tags"]
          s1("tags<br/>llm, task general")
        end
        subgraph b1 ["summary"]
          s2("draft<br/>llm, task general")
          s3("final<br/>llm, task general")
        end
        finish(["output"])
        start --> s0
        s0 --> s1
        s0 --> s2
        s2 --> s3
        s1 --> s4
        s3 --> s4
        s4 --> finish"
    `);
  });

  it("draws cases as labelled edges", () => {
    const handled = branch({
      on: () => ({ kind: "letter" }) as { kind: "letter" } | { kind: "invoice" },
      by: "kind",
      cases: {
        letter: (block) => block.step("summary", ask()),
        invoice: (block) => block.step("fields", ask()).step("sum", size),
      },
    });
    expect(mermaid(begin().step("handled", handled))).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0{"handled<br/>branch, by kind"}
        subgraph b0 ["letter"]
          s1("summary<br/>llm, task general")
        end
        subgraph b1 ["invoice"]
          s2("fields<br/>llm, task general")
          s3["sum<br/>code"]
        end
        finish(["output"])
        start --> s0
        s0 -->|"letter"| s1
        s0 -->|"invoice"| s2
        s2 --> s3
        s1 --> finish
        s3 --> finish"
    `);
  });

  it("draws the way back of a loop with its bound", () => {
    const rounds = (maxRounds: number) =>
      loop({
        state: z.string(),
        start: () => "",
        body: (round) => round.step("better", ask()),
        until: () => true,
        maxRounds,
      });
    expect(mermaid(begin().step("draft", rounds(3)).step("end", size))).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0{{"draft<br/>loop"}}
        s2["end<br/>code"]
        subgraph b0 ["each round"]
          s1("better<br/>llm, task general")
        end
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 -.->|"again, at most 3 rounds"| s0
        s1 --> s2
        s2 --> finish"
    `);
    expect(mermaid(begin().step("draft", rounds(1)))).not.toContain("-.->");
  });

  it("draws the steps of a pipeline inside", () => {
    const invoices = begin("invoices").step("extract", ask()).step("check", size);
    const pipeline = begin().step(
      "invoice",
      sub(invoices, ({ input }) => input),
    );
    expect(mermaid(pipeline)).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0[["invoice<br/>pipeline"]]
        subgraph b0 ["invoices@1"]
          s1("extract<br/>llm, task general")
          s2["check<br/>code"]
        end
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 --> s2
        s2 --> finish"
    `);
  });

  it("draws blocks inside blocks", () => {
    const pipeline = begin().step(
      "pages",
      map({
        over: lines,
        each: (page) => page.step("lines", map({ over: lines, each: (line) => line.step("read", ask()) })),
      }),
    );
    expect(mermaid(pipeline)).toMatchInlineSnapshot(`
      "flowchart TD
        start(["reports@1"])
        s0{{"pages<br/>map"}}
        subgraph b0 ["each item, 4 at a time"]
          s1{{"lines<br/>map"}}
          subgraph b1 ["each item, 4 at a time"]
            s2("read<br/>llm, task general")
          end
        end
        finish(["output"])
        start --> s0
        s0 --> s1
        s1 --> s2
        s2 --> finish"
    `);
  });
});

test("every step is one node, in a group that there is, and every edge joins two nodes or an end", () => {
  fc.assert(
    fc.property(someBlock, (block) => {
      const pipeline = { ...begin(), ...block };
      const { nodes, edges, groups } = graphOf(pipeline);
      const paths = [...walkSteps(pipeline)].map(({ path }) => path);
      expect(nodes.map(({ path }) => path)).toEqual(paths);
      const known = new Set<string | null>([null, ...paths]);
      expect(edges.filter(({ from, to }) => !known.has(from) || !known.has(to))).toEqual([]);
      expect(paths.filter((path) => !edges.some(({ to, back }) => to === path && !back))).toEqual([]);
      const around = new Set<string | null>([null, ...groups.map(({ path }) => path)]);
      expect([...nodes, ...groups].filter(({ group }) => !around.has(group))).toEqual([]);
    }),
  );
});

test("no name can break out of its label, and the same pipeline gives the same text", () => {
  const LABEL = '"(?:[\\p{L}\\p{M}\\p{N}\\uFFFD ,.@_-]|#\\d+;|<br/>)+"';
  const shapes = [
    /flowchart TD/,
    /end/,
    new RegExp(`subgraph b\\d+ \\[${LABEL}\\]`, "u"),
    new RegExp(`(?:start|finish|s\\d+)[[({\\\\/]+${LABEL}[\\])}/]+`, "u"),
    new RegExp(`(?:start|s\\d+) (?:-->|-\\.->)(?:\\|${LABEL}\\|)? (?:finish|s\\d+)`, "u"),
  ].map(({ source, flags }) => new RegExp(`^ *(?:${source})$`, flags));
  fc.assert(
    fc.property(someBlock, hostile, (block, name) => {
      const text = mermaid({ ...begin(), name, ...block });
      expect(text.split("\n").filter((line) => !shapes.some((shape) => shape.test(line)))).toEqual([]);
      expect(mermaid({ ...begin(), name, ...block })).toBe(text);
    }),
  );
});

test("names that look alike to the parser stay apart", () => {
  const steps = ['a"]', "a#quot;]", "end", "s0", "a\u202eb"].map((name) => ({ name, step: size.definition }));
  const pipeline = { ...begin(), steps };
  expect(mermaid(pipeline)).toMatchInlineSnapshot(`
    "flowchart TD
      start(["reports@1"])
      s0["a#34;#93;<br/>code"]
      s1["a#35;quot#59;#93;<br/>code"]
      s2["end<br/>code"]
      s3["s0<br/>code"]
      s4["a�b<br/>code"]
      finish(["output"])
      start --> s0
      s0 --> s1
      s1 --> s2
      s2 --> s3
      s3 --> s4
      s4 --> finish"
  `);
});

const hostile = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(
    "",
    " ",
    "end",
    '"]',
    "`md`",
    "<script>",
    "a --> b",
    "%%{init: {}}%%",
    "style x:y#1;",
    "\nend\n",
  ),
);

/** Blocks of all kinds inside each other, under names that nobody would choose. */
const { block: someBlock } = fc.letrec<{ block: Block; step: StepDefinition }>((tie) => {
  const only = (block: Block) => () => block;
  const named = fc.uniqueArray(
    fc.record({ name: hostile.filter((name) => !/[/#*]/.test(name)), block: tie("block") }),
    { minLength: 1, maxLength: 3, selector: ({ name }) => name },
  );
  return {
    block: fc
      .uniqueArray(fc.record({ name: hostile.filter((name) => !name.includes("/")), step: tie("step") }), {
        minLength: 1,
        maxLength: 3,
        selector: ({ name }) => name,
      })
      .map((steps) => ({ steps })),
    step: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(ask().definition, size.definition, sleep({ forMs: 1 }).definition),
      tie("block").map((block) => map({ over: lines, each: only(block) }).definition),
      tie("block").map((block) => reduce({ over: lines, combine: only(block) }).definition),
      tie("block").map((body): StepDefinition => ({ ...rounds, body })),
      named.map((branches): StepDefinition => ({ kind: "parallel", branches, fuse: true })),
      named.map((cases): StepDefinition => ({ kind: "branch", on: () => "", by: null, cases })),
    ),
  };
});

const rounds = {
  kind: "loop",
  state: z.unknown(),
  start: () => null,
  until: () => true,
  maxRounds: 3,
  onLimit: "keep",
} as const;
