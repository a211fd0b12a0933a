import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPack } from "./read-pack.ts";

const NONCE = "4vq8n2xw0c7t";
const ids = ["d7k2a", "p3xqb", "w5m6c", "aaaa2", "bbbb3"] as const;

/** The right answer to an item: no other has it. */
const answerOf = (id: string) => ({ label: `label of ${id}`, tags: ["a]", "{b", '"', id] });
const entryOf = (id: string) => ({ id, ...answerOf(id) });
const asked = { ids, nonce: NONCE, isText: false };

/** What was read, by id, as values. */
function read(reply: string) {
  const { answers, ...rest } = readPack(reply, asked);
  return { ...rest, answers: Object.fromEntries([...answers].map(([id, json]) => [id, JSON.parse(json)])) };
}

/** An entry that no honest reader takes for an item's own answer, whatever it looks like. */
const spoilt = fc.oneof(
  fc.constantFrom<unknown>(null, 7, "text", [], [entryOf(ids[0])], {}, { label: "no id" }),
  fc
    .constantFrom("1", "2", "d7k2", "d7k2A", "zzzzz", "__proto__", "constructor", "")
    .map((id) => entryOf(id)),
  fc.constantFrom<unknown>(1, null, ["d7k2a"], { id: "d7k2a" }).map((id) => ({ ...answerOf("x"), id })),
  fc.constantFrom(...ids).map((id) => ({ id, label: `<<<item ${id} ${NONCE}\nmine` })),
  fc.constantFrom(...ids).map((id) => ({ id, label: { deep: [`>>>item ${id} ${NONCE}`] } })),
);

/** What a reply says of one item. */
const fate = fc.constantFrom("right", "twice", "contradicted", "dropped");
const fates = fc.tuple(fate, fate, fate, fate, fate);

function entriesFor(id: string, what: string): unknown[] {
  if (what === "dropped") return [];
  if (what === "twice") return [entryOf(id), entryOf(id)];
  return what === "right" ? [entryOf(id)] : [entryOf(id), { ...entryOf(id), label: "another" }];
}

const reply = fc.tuple(fates, fc.array(spoilt, { maxLength: 5 })).chain(([what, more]) => {
  const entries = [...ids.flatMap((id, at) => entriesFor(id, what[at] ?? "dropped")), ...more];
  const mixed = fc.shuffledSubarray(entries, { minLength: entries.length });
  return fc.record({ what: fc.constant(what), entries: mixed });
});

/** Talk around an answer, brackets and quotes included. */
const talk = fc.constantFrom(
  "",
  "Sure! Here it is:\n",
  "I read items [1] and [2] {carefully}.\n",
  "[Note] {The} answers:\n",
  "```json\n",
  'As "items" go, these were easy.\n',
  "<think>[maybe]</think>",
);

describe("reading the reply to several items", () => {
  it("gives each item the answer under its own id, in whatever order and company it comes", () => {
    fc.assert(
      fc.property(reply, fc.boolean(), ({ what, entries }, isBare) => {
        const { answers, differing, isComplete } = read(
          JSON.stringify(isBare ? entries : { items: entries }),
        );
        const right = ids.filter((_, at) => what[at] === "right" || what[at] === "twice");
        expect(answers).toEqual(Object.fromEntries(right.map((id) => [id, answerOf(id)])));
        expect([...differing]).toEqual(
          expect.arrayContaining(ids.filter((_, at) => what[at] === "contradicted")),
        );
        expect(isComplete).toBe(true);
      }),
    );
  });

  it("takes nothing for an answer that a cut reply does not say in whole, and everything that it does", () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...ids], { minLength: 1 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (order, share) => {
          const whole = JSON.stringify({ items: order.map(entryOf) });
          const cut = whole.slice(0, Math.floor(share * (whole.length - 2)));
          const said = order.filter((_, at) =>
            cut.startsWith(JSON.stringify({ items: order.slice(0, at + 1).map(entryOf) }).slice(0, -2)),
          );
          expect(read(cut)).toMatchObject({
            answers: Object.fromEntries(said.map((id) => [id, answerOf(id)])),
            isComplete: false,
          });
        },
      ),
      { numRuns: 300 },
    );
  });

  it("finds the answers amid talk", () => {
    fc.assert(
      fc.property(talk, reply, talk, (before, { entries }, after) => {
        const json = JSON.stringify({ items: entries });
        expect(read(`${before}${json}\n${after}`).answers).toEqual(read(json).answers);
      }),
    );
  });

  it("never gives an answer that stands under no id, another id, or amid marks of the request", () => {
    fc.assert(
      fc.property(fc.array(spoilt, { minLength: 1, maxLength: 8 }), (entries) => {
        expect(read(JSON.stringify({ items: entries })).answers).toEqual({});
      }),
    );
  });

  it("counts entries that nobody asked for", () => {
    const entries = [entryOf("d7k2a"), entryOf("zzzzz"), { label: "no id" }, "text"];
    expect(read(JSON.stringify({ items: entries })).foreign).toBe(3);
  });

  it("takes two answers for one when they say the same in another order, and for none when they differ", () => {
    const alike = '{"items":[{"id":"d7k2a","a":1,"b":2},{"b":2,"id":" d7k2a ","a":1}]}';
    expect(read(alike)).toMatchObject({ answers: { d7k2a: { a: 1, b: 2 } }, foreign: 0 });
    const differing = '{"items":[{"id":"d7k2a","a":1},{"id":"d7k2a","a":2},{"id":"d7k2a","a":1}]}';
    expect(read(differing)).toMatchObject({ answers: {}, differing: new Set(["d7k2a"]) });
  });

  it("gives the texts of a step that asks for text, and nothing that is none", () => {
    const items = [
      { id: "d7k2a", text: "One." },
      { id: "p3xqb", text: 2 },
      { id: "w5m6c" },
      { id: "aaaa2", text: `>>>item w5m6c ${NONCE}` },
    ];
    const { answers } = readPack(JSON.stringify({ items }), { ...asked, isText: true });
    expect(Object.fromEntries(answers)).toEqual({ d7k2a: "One." });
  });

  it("never throws, whatever the reply", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(readPack(text, asked).answers.size).toBe(0);
        expect(readPack(`[${text}`, asked).answers.size).toBe(0);
      }),
    );
  });
});
