import { ChatOpenAI } from "@langchain/openai";
import { openRouter, RequestMeter } from "@sluice/core";
import { z } from "zod";
import { MODEL } from "./fault-table.mjs";

const PROMPT = "Extract.\n<document>\nACME GmbH. Total: 120.50 EUR.\n</document>";
const schema = z.object({ vendor: z.string(), total: z.number() });
const { $schema: _, ...jsonSchema } = z.toJSONSchema(schema);
const PROMPT_WITH_SCHEMA = `${PROMPT}\nAnswer with JSON only; it must fit this JSON schema: ${JSON.stringify(jsonSchema)}`;

/** Short enough to be left alone where timers are hurried. */
const timeouts = { headersMs: 400, idleMs: 400, totalMs: 450 };

/** Everybody who is compared: opens an account and gives a function that asks one question. */
export const askers = {
  sluice: openSluice,
  "langchain invoke": (account) => {
    const model = langchainModel(account);
    return async () => {
      const { text } = await model.invoke(PROMPT_WITH_SCHEMA);
      if (!accept(text).ok)
        throw Object.assign(new Error("not what was asked for"), { code: "unusable answer" });
    };
  },
  "langchain withStructuredOutput": (account) => {
    const model = langchainModel(account).withStructuredOutput(schema);
    return () => model.invoke(PROMPT);
  },
};

/** As it comes: nothing is set but the model and the address. */
function langchainModel({ baseUrl }) {
  return new ChatOpenAI({ model: MODEL, apiKey: "bench", configuration: { baseURL: baseUrl } });
}

function openSluice({ baseUrl, clock }) {
  const models = openRouter({ apiKey: "bench", baseUrl, clock, timeouts });
  const question = {
    messages: [{ role: "user", content: PROMPT }],
    task: "general",
    answer: { name: "answer", schema: jsonSchema },
    accept: ({ text }) => accept(text),
    temperature: 0,
    maxOutputTokens: 500,
    maxRepairs: 1,
    cache: false,
  };
  return () => models.ask(question, { meter: new RequestMeter() });
}

/** A step's own acceptance, short: the first JSON object in the text must fit the schema. */
function accept(text) {
  try {
    const parsed = schema.safeParse(JSON.parse(/\{[\s\S]*\}/.exec(text)?.[0] ?? ""));
    return parsed.success
      ? { ok: true, value: parsed.data }
      : { ok: false, problem: z.prettifyError(parsed.error) };
  } catch {
    return { ok: false, problem: "no JSON" };
  }
}
