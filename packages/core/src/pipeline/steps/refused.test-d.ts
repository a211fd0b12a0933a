// biome-ignore-all format: each program stands on one line, under the error that it must give
import { z } from "zod";
import { definePipeline } from "../define-pipeline.ts";
import { agent, tool } from "./agent.ts";
import { approve } from "./approve.ts";
import { branch } from "./branch.ts";
import { code } from "./code.ts";
import { llm } from "./llm.ts";
import { loop } from "./loop.ts";
import { map } from "./map.ts";
import { parallel } from "./parallel.ts";
import { reduce } from "./reduce.ts";
import { sleep } from "./sleep.ts";
import { sub } from "./sub.ts";

const input = z.object({ text: z.string(), chunks: z.array(z.object({ text: z.string(), page: z.number() })) });
const begin = () => definePipeline({ name: "flow", version: 1, input });
const counting = code({ output: z.object({ count: z.number() }), run: () => ({ count: 1 }) });
const mapped = begin().step("notes", map({ over: ({ input }) => input.chunks, each: (item) => item.step("note", llm({ prompt: ({ item }) => item.text })) }));
const kinds = begin().step("kind", code({ output: z.enum(["invoice", "letter"]), run: () => "letter" as const }));
const shape = z.discriminatedUnion("type", [z.object({ type: z.literal("circle") }), z.object({ type: z.literal("label") })]);
const shapes = definePipeline({ name: "shapes", version: 1, input: shape });

// @ts-expect-error `over` must give an array
begin().step("m", map({ over: ({ input }) => input.text.length, each: (one) => one.step("x", counting) }));

// @ts-expect-error the item has no such field
begin().step("m", map({ over: ({ input }) => input.chunks, each: (one) => one.step("x", llm({ prompt: ({ item }) => item.body })) }));

// @ts-expect-error inner steps are not seen from outside
mapped.step("after", code({ output: z.number(), run: ({ steps }) => steps.note.length }));

// @ts-expect-error an inner name that is taken
begin().step("m", map({ over: () => [1], each: (one) => one.step("x", counting).step("x", counting) }));

// @ts-expect-error an item schema of another type
begin().step("m", map({ item: z.string(), over: () => [1], each: (one) => one.step("x", counting) }));

// @ts-expect-error collected errors must be looked at before the value
begin().step("m", map({ over: () => [1], each: (one) => one.step("x", counting), onItemError: "collect" })).step("n", code({ output: z.number(), run: ({ steps }) => steps.m[0]?.value.count ?? 0 }));

// @ts-expect-error a group must be combined into one of its items
begin().step("r", reduce({ over: ({ input }) => input.chunks, combine: (group) => group.step("x", counting) }));

// @ts-expect-error `whenEmpty` must give an item
begin().step("r", reduce({ over: () => ["a"], combine: (group) => group.step("x", llm({ prompt: "x" })), whenEmpty: () => 0 }));

// @ts-expect-error a branch must be a step or build a block
begin().step("p", parallel({ a: () => 1 }));

// @ts-expect-error branches run side by side and do not see each other
begin().step("p", parallel({ a: counting, b: code({ output: z.number(), run: ({ steps }) => steps.a.count }) }));

// @ts-expect-error a case is missing
kinds.step("b", branch({ on: ({ steps }) => steps.kind, cases: { letter: (block) => block.step("x", counting) } }));

// @ts-expect-error a case that no value leads to
kinds.step("b", branch({ on: ({ steps }) => steps.kind, cases: { letter: (block) => block.step("x", counting), invoice: (block) => block.step("x", counting), memo: (block) => block.step("x", counting) } }));

// @ts-expect-error a value that is no text chooses nothing
begin().step("b", branch({ on: () => 1, cases: { one: (block) => block.step("x", counting) } }));

// @ts-expect-error a field that all variants lack
shapes.step("b", branch({ on: ({ input }) => input, by: "kind", cases: {} }));

// @ts-expect-error the body must give the next state
begin().step("l", loop({ state: z.string(), start: () => "", body: (round) => round.step("x", counting), until: () => true, maxRounds: 2 }));

// @ts-expect-error the first state must fit
begin().step("l", loop({ state: z.string(), start: () => 1, body: (round) => round.step("x", llm({ prompt: "x" })), until: () => true, maxRounds: 2 }));

// @ts-expect-error a loop must be bounded
begin().step("l", loop({ state: z.string(), start: () => "", body: (round) => round.step("x", llm({ prompt: "x" })), until: () => true }));

// @ts-expect-error the inner pipeline wants another input
begin().step("s", sub(shapes, ({ input }) => input));

// @ts-expect-error the timeout's decision must fit
begin().step("a", approve({ decision: z.object({ ok: z.boolean() }), question: () => "?", timeoutMs: 1, onTimeout: () => "no" }));

// @ts-expect-error either for a time, or until one
sleep({ forMs: 1, until: () => 2 });

// @ts-expect-error a tool's function gets what its schema gives
tool({ name: "t", description: "", input: z.object({ a: z.number() }), run: ({ b }) => b });

// @ts-expect-error tools are made by `tool()`
agent({ prompt: "x", tools: [{ name: "web_search" }] });
