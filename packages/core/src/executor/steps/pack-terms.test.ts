import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ChatMessage } from "../../models/chat.ts";
import { classify } from "../../pipeline/ready-made/classify.ts";
import { extract } from "../../pipeline/ready-made/extract.ts";
import type { AnyView, LlmDefinition, Step } from "../../pipeline/step.ts";
import { llm } from "../../pipeline/steps/llm.ts";
import type { StepAt } from "../run-context.ts";
import { markedView, packTermsOf, splitQuestion } from "./pack-terms.ts";
import { messagesOf } from "./question.ts";

interface View {
  input: { text: string; name: string; pages: number; tags: string[]; isDraft: boolean };
  steps: Record<string, never>;
}

const input = {
  text: "Pay 17 euros.\n\nAt once!",
  name: "a.txt",
  pages: 2,
  tags: ["x", "y"],
  isDraft: false,
};

function definitionOf(step: Step<View, unknown>): LlmDefinition {
  if (step.definition.kind !== "llm") throw new Error("no llm step");
  return step.definition;
}

/** What a step's question comes to, in parts. */
async function termsOf(step: Step<View, unknown>, over: Partial<View["input"]> = {}) {
  const definition = definitionOf(step);
  const view: AnyView = { input: { ...input, ...over }, steps: {} };
  // Nothing else of a run is needed to know what is asked.
  const at = { path: "ask", view } as StepAt;
  const messages = await messagesOf(definition.prompt, at);
  return { messages, terms: await packTermsOf(definition, messages, at) };
}

/** Asserts that the parts of a question make the question, and gives the item. */
async function itemOf(step: Step<View, unknown>, over: Partial<View["input"]> = {}) {
  const { messages, terms } = await termsOf(step, over);
  if (!terms) return undefined;
  const { lead, before, item, after } = terms;
  expect([...lead, { role: "user", content: before + item + after }]).toEqual(messages);
  return item;
}

const asking = (prompt: (view: View) => string | readonly ChatMessage[]) => llm<View>({ prompt, pack: true });

describe("what is a step's in a question, and what is its own", () => {
  it.each<[string, Step<View, unknown>, string]>([
    ["a template", asking(({ input: { text } }) => `Sum up:\n${text}\nBriefly.`), input.text],
    [
      "several texts, with what stands between them",
      asking(({ input: { name, text } }) => `File ${name}:\n${text}\nSum up.`),
      `${input.name}:\n${input.text}`,
    ],
    [
      "a number after the text",
      asking(({ input: { text, pages } }) => `${text}\n${pages} pages.`),
      input.text,
    ],
    [
      "messages",
      asking(({ input: { text } }) => [
        { role: "system", content: "You are brief." },
        { role: "user", content: `Sum up: ${text}` },
      ]),
      input.text,
    ],
    [
      "the input as JSON",
      asking((view) => `Sum up:\n${JSON.stringify(view.input)}`),
      JSON.stringify(input).slice('{"text":"'.length, -'"],"isDraft":false}'.length),
    ],
    ["a list", asking(({ input: { tags } }) => `Say: ${tags.join(", ")}.`), "x, y"],
    [
      "text parts",
      asking(({ input: { text } }) => [
        { role: "user", content: [{ type: "text", text: `Sum up: ${text}` }] },
      ]),
      input.text,
    ],
  ])("is found in %s", async (_, step, item) => {
    const { terms } = await termsOf(step);
    expect(terms?.item).toBe(item);
  });

  it("puts together to the question, in the ready-made steps too", async () => {
    const text = ({ input: read }: View) => read.text;
    const kind = classify<View, string>({ text, labels: { bill: "asks for money", letter: "" }, pack: true });
    expect(await itemOf(kind)).toBe(input.text);
    const facts = extract<View, { vendor: string }>({
      text,
      fields: z.object({ vendor: z.string() }),
      pack: true,
    });
    expect(await itemOf(facts)).toBe(input.text);
  });

  it("is the same for every text that does not break its prompt's form", async () => {
    const step = asking(
      ({ input: { text, name } }) => `Of ${name}:\n<document>\n${text}\n</document>\nSum up.`,
    );
    const { terms: known } = await termsOf(step);
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string({ minLength: 1 }), async (text, name) => {
        const { terms } = await termsOf(step, { text, name });
        const { before, after, lead, fingerprint } = terms ?? {};
        expect({ before, after, lead, fingerprint }).toEqual({
          before: known?.before,
          after: known?.after,
          lead: known?.lead,
          fingerprint: known?.fingerprint,
        });
        expect(await itemOf(step, { text, name })).toBe(`${name}:\n<document>\n${text}`);
      }),
    );
  });

  it("differs by numbers that stand before the text: such questions never share a request", async () => {
    const step = asking(({ input: { text, pages } }) => `In ${pages} words:\n${text}`);
    const [two, three] = [await termsOf(step, { pages: 2 }), await termsOf(step, { pages: 3 })];
    expect([two.terms?.before, three.terms?.before]).toEqual(["In 2 words:\n", "In 3 words:\n"]);
  });

  it("tells worked examples apart in the same way", async () => {
    const step = llm<View, { label: string }>({
      output: z.object({ label: z.string() }),
      prompt: ({ input: { text } }) => `Label:\n${text}\n---`,
      examples: [
        { prompt: "Label:\nPay!\n---", answer: { label: "bill" } },
        { prompt: "Thanks a lot", answer: { label: "letter" } },
      ],
      pack: { maxItems: 7 },
    });
    const { terms } = await termsOf(step);
    expect(terms).toMatchObject({
      maxItems: 7,
      examples: [
        { item: "Pay!", answer: '{"label":"bill"}' },
        { item: "Thanks a lot", answer: '{"label":"letter"}' },
      ],
    });
  });
});

describe("a question whose parts cannot be told apart is asked alone", () => {
  it.each<[string, Step<View, unknown>]>([
    ["without pack", llm<View>({ prompt: ({ input: { text } }) => text })],
    [
      "with images",
      llm<View>({ prompt: ({ input: { text } }) => text, images: () => ["data:,x"], pack: true }),
    ],
    ["that is a text of the view and nothing else", asking(({ input: { text } }) => `${text}\n`)],
    ["that is the same for all", llm<View>({ prompt: "Say hello.", pack: true })],
    ["that reads no text of its view", asking(({ input: { pages } }) => `${pages} pages`)],
    ["that only measures its text", asking(({ input: { text } }) => `${text.length} characters`)],
    [
      "that says another thing about some texts",
      asking(({ input: { text } }) => (text.includes("Pay") ? `Bill: ${text}` : text)),
    ],
    [
      "that says another thing at the end",
      asking(({ input: { text } }) => `${text}\n${text.length > 9 ? "Briefly." : ""}`),
    ],
    [
      "that reads its text as JSON",
      asking(({ input: { text } }) => String(JSON.parse(`{"a":"${text.length}"}`).a)),
    ],
    [
      "that throws on anything but such a text",
      asking(({ input: { text } }) => {
        if (!text.startsWith("Pay")) throw new Error("no bill");
        return text;
      }),
    ],
    [
      "whose text stands in an earlier message",
      asking(({ input: { text } }) => [
        { role: "system", content: text },
        { role: "user", content: text },
      ]),
    ],
    [
      "whose last message is not the user's",
      asking(({ input: { text } }) => [
        { role: "user", content: "Say:" },
        { role: "assistant", content: text },
      ]),
    ],
    [
      "with another number of messages for other texts",
      asking(({ input: { text } }) => text.split("\n\n").map((content) => ({ role: "user", content }))),
    ],
  ])("%s", async (_, step) => {
    expect((await termsOf(step)).terms).toBeUndefined();
  });

  it("also where it takes a part of its text: what is put together is the question, or it is alone", async () => {
    const cut = asking(({ input: { text } }) => `Begin: ${text.slice(0, 5)} End.`);
    expect(await itemOf(cut)).toBe("Pay 1");
    const first = asking(({ input: { text } }) => `First line: ${text.split("\n")[0]}; sum up.`);
    expect(await itemOf(first)).toBe("Pay 17 euros.");
    const tail = asking(({ input: { text } }) => `End: ${text.slice(-4)}`);
    expect(await itemOf(tail)).toBe("nce!");
    const upper = asking(({ input: { text } }) => `Loud: ${text.toUpperCase()}!`);
    expect(await itemOf(upper)).toBe("PAY 17 EUROS.\n\nAT ONCE!");
  });
});

describe("splitting a question", () => {
  const mark = markedView({ input: { text: "" }, steps: {} }).input;
  const MARK = z.object({ text: z.string() }).parse(mark).text;
  const user = (content: string): ChatMessage[] => [{ role: "user", content }];

  it("gives parts that make the question again, or none", () => {
    const piece = fc.oneof(fc.string({ maxLength: 6 }), fc.constantFrom("ab", "aba", "", "\n"));
    fc.assert(
      fc.property(
        piece,
        piece,
        piece,
        fc.array(piece, { minLength: 1, maxLength: 3 }),
        (before, end, between, own) => {
          const after = `${end}.`;
          const [pattern, text] = [own.map(() => MARK), own].map(
            (parts) => before + parts.join(between) + after,
          );
          const split = splitQuestion(user(text ?? ""), user(pattern ?? ""));
          expect(split).toEqual({ lead: [], before, item: own.join(between), after });
        },
      ),
    );
  });

  it("gives none when the two questions have different beginnings or ends, or overlap", () => {
    expect(splitQuestion(user("x: text"), user(`y: ${MARK}`))).toBeUndefined();
    expect(splitQuestion(user("text :x"), user(`${MARK} :y`))).toBeUndefined();
    expect(splitQuestion(user("aba"), user(`ab${MARK}ba`))).toBeUndefined();
    expect(splitQuestion([], [])).toBeUndefined();
    expect(splitQuestion(user("text"), user("text"))).toBeUndefined();
  });

  it("puts a mark in the place of every text, and leaves all else", () => {
    const when = new Date(0);
    const view = { input: { a: ["b", 1, null, true], when }, steps: { one: { two: "c" } }, item: "d" };
    expect(markedView(view)).toEqual({
      input: { a: [MARK, 1, null, true], when: expect.anything() },
      steps: { one: { two: MARK } },
      item: MARK,
    });
    expect(view.input.a).toEqual(["b", 1, null, true]);
  });
});
