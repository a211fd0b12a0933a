import fc from "fast-check";
import { expect, test } from "vitest";
import { fitTurns, messagesOf, type Turn } from "./conversation.ts";

const turn = (name: string, words = 1): Turn => ({ question: `${name}?`, answer: `${name} `.repeat(words) });

test("keeps all turns while there is room", () => {
  const turns = [turn("one"), turn("two")];
  expect(fitTurns(turns, { fixed: "", room: 1_000 })).toEqual({ turns, dropped: 0 });
});

test("drops the oldest turns first, and all of them rather than none that fit", () => {
  const turns = [turn("old", 500), turn("newer", 100), turn("newest")];
  expect(fitTurns(turns, { fixed: "", room: 400 })).toEqual({ turns: turns.slice(1), dropped: 1 });
  expect(fitTurns(turns, { fixed: "", room: 0 })).toEqual({ turns: [], dropped: 3 });
});

test("never keeps more when there is less room", () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 200 }), { maxLength: 12 });
  const rooms = fc.tuple(fc.nat(3_000), fc.nat(3_000));
  fc.assert(
    fc.property(sizes, rooms, (words, [a, b]) => {
      const turns = words.map((count, index) => turn(`turn${index}`, count));
      const kept = (room: number) => fitTurns(turns, { fixed: "a question", room });
      const [less, more] = [kept(Math.min(a, b)), kept(Math.max(a, b))];
      expect(less.turns.length).toBeLessThanOrEqual(more.turns.length);
      expect(less.turns).toEqual(turns.slice(less.dropped));
    }),
  );
});

test("puts the system prompt first and the new question last", () => {
  const messages = messagesOf([{ question: "q", answer: "a" }], { system: "s", question: "new" });
  expect(messages.map(({ role, content }) => `${role}: ${content}`)).toEqual([
    "system: s",
    "user: q",
    "assistant: a",
    "user: new",
  ]);
});
