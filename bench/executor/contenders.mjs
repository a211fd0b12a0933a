// Three trivial async steps, each built on the outputs before it, by each contender. Loaded one at a time.

const one = async (n) => ({ a: n + 1 });
const two = async ({ a }) => ({ b: a * 2 });
const three = async ({ a }, { b }) => ({ c: a + b });

/** @type {Record<string, () => Promise<(n: number) => Promise<{ c: number }>>>} */
export const contenders = {
  /** The floor: nothing but the functions. */
  "bare async chain": async () => async (n) => {
    const first = await one(n);
    return three(first, await two(first));
  },
  /** A pipeline of code steps in this process: schemas checked at every border, outputs taken as JSON. */
  sluice: async () => {
    const { code, definePipeline, runPipeline } = await import("@sluice/core");
    const { z } = await import("zod");
    const pipeline = definePipeline({ name: "three", version: 1, input: z.object({ n: z.number() }) })
      .step("one", code({ output: z.object({ a: z.number() }), run: ({ input }) => one(input.n) }))
      .step("two", code({ output: z.object({ b: z.number() }), run: ({ steps }) => two(steps.one) }))
      .step(
        "three",
        code({ output: z.object({ c: z.number() }), run: ({ steps }) => three(steps.one, steps.two) }),
      );
    const runtime = { models: { ask: () => Promise.reject(new Error("no model is asked")) } };
    return async (n) => (await runPipeline(pipeline, { n }, runtime)).output;
  },
  "LangChain RunnableSequence": async () => {
    const { RunnableLambda, RunnableSequence } = await import("@langchain/core/runnables");
    const sequence = RunnableSequence.from([
      RunnableLambda.from(one),
      RunnableLambda.from(async (first) => ({ first, second: await two(first) })),
      RunnableLambda.from(({ first, second }) => three(first, second)),
    ]);
    return (n) => sequence.invoke(n);
  },
  "LangGraph StateGraph": async () => {
    const { Annotation, END, START, StateGraph } = await import("@langchain/langgraph");
    const state = Annotation.Root({ n: Annotation(), a: Annotation(), b: Annotation(), c: Annotation() });
    const graph = new StateGraph(state)
      .addNode("one", ({ n }) => one(n))
      .addNode("two", ({ a }) => two({ a }))
      .addNode("three", ({ a, b }) => three({ a }, { b }))
      .addEdge(START, "one")
      .addEdge("one", "two")
      .addEdge("two", "three")
      .addEdge("three", END)
      .compile();
    return (n) => graph.invoke({ n });
  },
};
