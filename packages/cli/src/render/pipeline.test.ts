import {
  agent,
  approve,
  branch,
  code,
  definePipeline,
  llm,
  loop,
  map,
  parallel,
  reduce,
  sleep,
  sub,
  tool,
} from "@sluice/core";
import { expect, test } from "vitest";
import { z } from "zod";
import { pipelineData, renderPipeline } from "./pipeline.ts";

const input = z.object({ text: z.string() });
const ask = () => llm({ prompt: "x" });
const size = code({ output: z.number(), run: () => 1 });
const lines = (): string[] => [];
const vat = tool({ name: "vat_rate", description: "The rate.", input: z.object({}), run: () => 19 });

const invoices = definePipeline({ name: "invoices", version: 4, input })
  .step("extract", llm({ prompt: "x", task: "vision", models: ["a/one:free", "b/two:free"] }))
  .step("check", size);

const everything = definePipeline({
  name: "reports",
  version: 2,
  description: "All kinds of steps",
  input,
  limits: { requests: 100, wallMs: 600_000, outputBytes: 8 * 1024 * 1024 },
  weight: 2,
})
  .step("split", code({ output: z.number(), run: () => 1, retry: { maxAttempts: 3 } }))
  .step("notes", map({ over: lines, each: (item) => item.step("note", ask()) }))
  .step("summary", reduce({ over: lines, combine: (group) => group.step("merged", ask()) }))
  .step("both", parallel({ tags: ask(), title: (two) => two.step("draft", ask()).step("final", ask()) }))
  .step(
    "handled",
    branch({
      on: () => ({ kind: "bill" }) as { kind: "bill" } | { kind: "other" },
      by: "kind",
      cases: {
        bill: (block) =>
          block.step(
            "invoice",
            sub(invoices, () => ({ text: "" })),
          ),
        other: (block) => block.step("other", size),
      },
    }),
  )
  .step(
    "draft",
    loop({
      state: z.string(),
      start: () => "",
      body: (round) => round.step("better", ask()),
      until: () => true,
      maxRounds: 3,
    }),
  )
  .step("tax", agent({ prompt: "x", tools: [vat], maxSteps: 5 }))
  .step("release", approve({ decision: z.boolean(), question: () => "Go on?" }))
  .step("later", sleep({ forMs: 7_200_000 }));

test("a pipeline is drawn as a tree, with what a document takes and what is unusual", () => {
  expect(renderPipeline(everything)).toMatchInlineSnapshot(`
    "reports@2  All kinds of steps
      split          code      up to 3 tries
      notes          map       each item, 4 at a time
        note         llm       task general
      summary        reduce    groups of at most 12 items, 4 at a time
        merged       llm       task general
      both           parallel
        tags         llm       task general
        title:
          draft      llm       task general
          final      llm       task general
      handled        branch    by kind
        bill:
          invoice    pipeline  invoices@4
            extract  llm       task vision, only a/one:free, b/two:free
            check    code
        other        code
      draft          loop      at most 3 rounds
        better       llm       task general
      tax            agent     task general, at most 5 turns, tools vat_rate
      release        approve   until somebody decides
      later          sleep     2 h
      requests per document: (5 to 12) + 1 per item of notes + about 1 per 11 items of summary
      limits: 100 requests, 10 min of work, outputs of at most 8 MiB, weight 2"
  `);
});

test("what is as everywhere is not said", () => {
  expect(
    renderPipeline(definePipeline({ name: "sizes", version: 1, input }).step("size", size)),
  ).toMatchInlineSnapshot(`
      "sizes@1
        size  code
        requests per document: 0"
    `);
});

test("names and descriptions cannot steer the terminal", () => {
  const block = {
    steps: [
      { name: "size", step: size.definition },
      { name: "end", step: size.definition },
    ],
  };
  const both = { kind: "parallel", branches: [{ name: "x\u001b]0;y", block }], fuse: true } as const;
  const hostile = { ...invoices, description: "a\u001b[2Jb\u202ec", steps: [{ name: "both", step: both }] };
  expect(renderPipeline(hostile)).toMatchInlineSnapshot(`
    "invoices@4  a\\u{1b}[2Jb\\u{202e}c
      both      parallel
        x\\u{1b}]0;y:
          size  code
          end   code
      requests per document: 0"
  `);
});

test("the data of a pipeline holds its steps to any depth, its estimate and its limits", () => {
  const data = pipelineData(everything, { graph: false });
  expect(Object.keys(data)).toEqual([
    "name",
    "version",
    "description",
    "fingerprint",
    "steps",
    "requests",
    "limits",
    "weight",
  ]);
  expect(linesOf(data.steps).join("\n")).toMatchInlineSnapshot(`
    "{"name":"split","kind":"code","maxAttempts":3,"timeoutMs":null}
    {"name":"notes","kind":"map","concurrency":4,"onItemError":"fail"}
    notes/*: {"name":"note","kind":"llm","task":"general","models":null}
    {"name":"summary","kind":"reduce","maxGroupItems":12,"maxGroupTokens":4000,"concurrency":4}
    summary/*: {"name":"merged","kind":"llm","task":"general","models":null}
    {"name":"both","kind":"parallel"}
    both/tags: {"name":"tags","kind":"llm","task":"general","models":null}
    both/title: {"name":"draft","kind":"llm","task":"general","models":null}
    both/title: {"name":"final","kind":"llm","task":"general","models":null}
    {"name":"handled","kind":"branch","by":"kind"}
    handled/bill: {"name":"invoice","kind":"pipeline","pipeline":"invoices","version":4}
    handled/bill: invoice/invoices: {"name":"extract","kind":"llm","task":"vision","models":["a/one:free","b/two:free"]}
    handled/bill: invoice/invoices: {"name":"check","kind":"code","maxAttempts":1,"timeoutMs":null}
    handled/other: {"name":"other","kind":"code","maxAttempts":1,"timeoutMs":null}
    {"name":"draft","kind":"loop","maxRounds":3,"onLimit":"fail"}
    draft/*: {"name":"better","kind":"llm","task":"general","models":null}
    {"name":"tax","kind":"agent","task":"general","models":null,"tools":["vat_rate"],"maxSteps":5,"maxRequests":null}
    {"name":"release","kind":"approve","timeoutMs":null}
    {"name":"later","kind":"sleep","forMs":7200000}"
  `);
  expect(data.requests.text).toContain("1 per item of notes");
  expect(pipelineData(invoices, { graph: true }).graph).toMatchObject({
    nodes: [{ path: "extract" }, { path: "check" }],
    groups: [],
  });
});

/** One line for each step, those inside it below. */
function linesOf(steps: ReturnType<typeof pipelineData>["steps"], path = ""): string[] {
  return steps.flatMap(({ blocks, ...step }) => [
    `${path}${JSON.stringify(step)}`,
    ...blocks.flatMap((block) => linesOf(block.steps, `${path}${step.name}/${block.name}: `)),
  ]);
}
