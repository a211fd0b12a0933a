import { describe, expect, test } from "vitest";
import type { ChatRequest } from "../chat-request.ts";
import { composeReply } from "./compose.ts";

type Schema = Record<string, unknown>;

const INVOICE = `ACME Widgets

Vendor: Northern Paper Ltd
Invoice date: 3 March 2024
Due date: April 2, 2024
Contact: billing@northern.example

Twelve reams of paper were delivered to Anna Kowalski in Gdansk.
Subtotal: 1,000.00 EUR
Total amount: 1,234.50 EUR`;

const LICENCE = `The Plain Licence

Permission is granted to anyone to use, copy, modify and distribute this work for any purpose, including sale.
The above copyright notice must be kept in all copies.

The work comes without warranty of any kind, and its authors are not liable for any damages.
You may not use the name of the authors to endorse products.`;

async function reply(messages: ChatRequest["messages"], rest: Partial<ChatRequest> = {}) {
  return composeReply({ messages, ...rest }, { ignoresFormat: false, callId: "1" });
}

function formatOf(schema: Schema): Partial<ChatRequest> {
  return { response_format: { type: "json_schema", json_schema: { schema } } };
}

async function extract(text: string, schema: Schema): Promise<unknown> {
  const { content } = await reply([{ role: "user", content: text }], formatOf(schema));
  return JSON.parse(content ?? "null");
}

function object(properties: Schema): Schema {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false };
}

describe("values come from the document", () => {
  test("labels, amounts, dates and addresses of an invoice", async () => {
    const schema = object({
      vendor: { type: "string" },
      total: { type: "number" },
      subtotal: { type: "number" },
      dueDate: { type: "string", format: "date" },
      invoiceDate: { type: "string" },
      email: { type: "string", format: "email" },
      title: { type: "string" },
    });
    expect(await extract(`Extract the invoice fields.\n\n${INVOICE}`, schema)).toEqual({
      vendor: "Northern Paper Ltd",
      total: 1234.5,
      subtotal: 1000,
      dueDate: "2024-04-02",
      invoiceDate: "2024-03-03",
      email: "billing@northern.example",
      title: "ACME Widgets",
    });
  });

  test("people are found by the rules of the language", async () => {
    const schema = object({ people: { type: "array", items: { type: "string" } } });
    expect(await extract(INVOICE, schema)).toEqual({ people: expect.arrayContaining(["Anna Kowalski"]) });
  });

  test("what is not there is null where null is allowed, and absent where it is optional", async () => {
    const nullable = (type: string) => ({ anyOf: [{ type, format: "email" }, { type: "null" }] });
    const schema = {
      ...object({ email: nullable("string"), website: { type: "string", format: "uri" } }),
      required: ["email"],
    };
    expect(await extract("Nothing to write to here.", schema)).toEqual({ email: null });
  });

  test("options follow the sense of the clause they stand in", async () => {
    const options = (...names: string[]) => ({ type: "array", items: { type: "string", enum: names } });
    const schema = object({
      permissions: options("commercial-use", "modifications", "distribution", "patent-use"),
      conditions: options("include-copyright", "disclose-source"),
      limitations: options("liability", "warranty", "trademark-use", "distribution"),
    });
    expect(await extract(LICENCE, schema)).toEqual({
      permissions: ["commercial-use", "modifications", "distribution"],
      conditions: ["include-copyright"],
      limitations: ["liability", "warranty", "trademark-use"],
    });
  });

  test("an option's hints in the description count as its words", async () => {
    const kind = {
      type: "string",
      enum: ["a", "b", "c"],
      description: "a: recipe, kitchen; b: paper, reams; c: poem",
    };
    expect(await extract(INVOICE, object({ kind }))).toEqual({ kind: "b" });
  });

  test("two neighbouring words of a hint are enough to choose one option", async () => {
    const kind = {
      type: "string",
      enum: ["a", "b"],
      description: "a: sent by the post office at night; b: packed into a larger parcel beforehand",
    };
    const text = "The book was wrapped. It went into a larger parcel with two others.";
    expect(await extract(text, object({ kind }))).toEqual({ kind: "b" });
  });

  test("an option that means none of these is taken when the text bears none", async () => {
    const topic = { type: "string", enum: ["sport", "astronomy", "other"] };
    expect(await extract(INVOICE, object({ topic }))).toEqual({ topic: "other" });
  });

  test.each([
    [
      "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft begabt.",
      "German",
      "de",
    ],
    [
      "Todos los seres humanos nacen libres e iguales en dignidad y derechos y están dotados de razón.",
      "Spanish",
      "es",
    ],
    [
      "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。",
      "Japanese",
      "ja",
    ],
  ])("the language of %s", async (text, name, code) => {
    const schema = object({
      language: { type: "string" },
      languageCode: { type: "string", minLength: 2, maxLength: 2 },
      lang: { type: "string", enum: ["en", code, "fr"] },
    });
    expect(await extract(text, schema)).toEqual({ language: name, languageCode: code, lang: code });
  });

  test("a summary is made of the document's own sentences and keeps to its length", async () => {
    const sentences = ["Rivers shape the land.", "The river carries sand to the sea.", "Lunch was at noon."];
    const schema = object({ summary: { type: "string", maxLength: 60 } });
    const value = await extract(sentences.join(" "), schema);
    expect(value).toEqual({ summary: "Rivers shape the land. The river carries sand to the sea." });
  });
});

describe("the document is found", () => {
  const title = object({ title: { type: "string" } });
  const schemaText = `Answer with JSON. It must fit this JSON schema:\n\`\`\`json\n${JSON.stringify(title)}\n\`\`\``;

  test.each([
    ["between tags", "Find the title.\n<document name='x'>\nDeep Water\n\nText.\n</document>\nBe brief."],
    ["in a fence", "Find the title.\n```\nDeep Water\n\nA long text that fills the page.\n```"],
    ["between lines of dashes", "Find the title of the text.\n\n---\n\nDeep Water\n\nText.\n\n---\n"],
    ["behind an order", "Find the title.\n\nDeep Water\n\nText."],
    ["before a schema", `Deep Water\n\nText.\n\n${schemaText}`],
  ])("%s", async (_, text) => {
    expect(await extract(text, title)).toEqual({ title: "Deep Water" });
  });

  test("the schema may stand in a message instead of the request", async () => {
    const { content } = await reply([
      { role: "system", content: schemaText },
      { role: "user", content: "Deep Water\n\nText." },
    ]);
    expect(content).toBe('{"title":"Deep Water"}');
  });

  test("a document that is JSON is no schema", async () => {
    const { content } = await reply([
      { role: "user", content: '```json\n{"type":"invoice","total":3}\n```' },
    ]);
    expect(content).toContain("invoice");
  });

  test("a repair turn finds the first document again", async () => {
    const { content } = await reply(
      [
        { role: "user", content: "Find the title.\n\nDeep Water\n\nText." },
        { role: "assistant", content: "Sure, the title is" },
        { role: "user", content: "That answer is not valid:\nnot JSON\nAnswer again with one JSON value." },
      ],
      formatOf(title),
    );
    expect(content).toBe('{"title":"Deep Water"}');
  });

  test("worked examples are not taken for it, whatever it speaks of", async () => {
    const { content } = await reply(
      [
        { role: "user", content: "Find the title.\n\nHigh Mountain\n\nMore." },
        { role: "assistant", content: '{"title":"High Mountain"}' },
        { role: "user", content: "Find the title.\n\nDeep Water\n\nA valid error." },
      ],
      formatOf(title),
    );
    expect(content).toBe('{"title":"Deep Water"}');
  });

  test("a later question without a fault is answered from itself", async () => {
    const { content } = await reply(
      [
        { role: "user", content: "Deep Water\n\nText." },
        { role: "assistant", content: "Yes?" },
        { role: "user", content: "High Mountain\n\nMore." },
      ],
      formatOf(title),
    );
    expect(content).toBe('{"title":"High Mountain"}');
  });
});

describe("packed items", () => {
  const item = object({ id: { type: "string" }, title: { type: "string" } });
  const expected = [
    { id: "d7k2", title: "Deep Water" },
    { id: "p3xq", title: "High Mountain" },
  ];

  test.each([
    [
      "tags",
      '<item-9f id="d7k2">\nDeep Water\n\nText.\n</item-9f>\n<item-9f id="p3xq">\nHigh Mountain\n\nText.\n</item-9f>',
    ],
    ["marker lines", "=== d7k2 ===\nDeep Water\n\nText.\n=== p3xq ===\nHigh Mountain\n\nText.\n=== end ==="],
    [
      "labelled markers",
      "<<<item d7k2>>>\nDeep Water\n<<<end d7k2>>>\n<<<item p3xq>>>\nHigh Mountain\n<<<end p3xq>>>",
    ],
  ])("in %s are answered one by one under their ids", async (_, text) => {
    const asList = object({ items: { type: "array", items: item } });
    expect(await extract(`Give the title of each item.\n\n${text}`, asList)).toEqual({ items: expected });
    const byId = { type: "object", additionalProperties: object({ title: { type: "string" } }) };
    expect(await extract(`Give the title of each item.\n\n${text}`, byId)).toEqual({
      d7k2: { title: "Deep Water" },
      p3xq: { title: "High Mountain" },
    });
  });
});

describe("other answers", () => {
  test("plain text is taken from the document", async () => {
    const { content } = await reply([{ role: "user", content: `Who received the paper?\n\n${INVOICE}` }]);
    expect(content).toContain("Twelve reams of paper");
  });

  test("a tool whose words the question shares is called once, then the answer follows", async () => {
    const tools = [
      {
        type: "function",
        function: {
          name: "get_weather",
          description: "Weather of a city",
          parameters: object({ city: { type: "string" } }),
        },
      },
    ];
    const question = { role: "user", content: "How is the weather in Paris?" };
    const first = await reply([question], { tools });
    expect(first).toEqual({
      content: null,
      toolCalls: [{ id: "call_1", name: "get_weather", arguments: '{"city":"Paris"}' }],
    });
    const calls = [{ id: "call_1", type: "function", function: { name: "get_weather", arguments: "{}" } }];
    const second = await reply(
      [
        question,
        { role: "assistant", content: null, tool_calls: calls },
        { role: "tool", content: "Paris has sun and 21 degrees." },
      ],
      { tools },
    );
    expect(second.toolCalls).toEqual([]);
    expect(second.content).toContain("21 degrees");
  });

  test("a forced tool is called whatever the question says", async () => {
    const tools = [
      { type: "function", function: { name: "submit", parameters: object({ ok: { type: "boolean" } }) } },
    ];
    const { toolCalls } = await reply([{ role: "user", content: "Hello." }], {
      tools,
      tool_choice: "required",
    });
    expect(toolCalls).toMatchObject([{ name: "submit", arguments: '{"ok":false}' }]);
  });

  test("schemas that contain themselves come to an end", async () => {
    const node = {
      type: "object",
      properties: { name: { type: "string" }, next: { anyOf: [{ $ref: "#/$defs/node" }, { type: "null" }] } },
      required: ["name", "next"],
    };
    const value = await extract("Deep Water", { ...node, $defs: { node } });
    expect(JSON.stringify(value)).toContain('"next":null');
  });
});
