import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { ModelRequest } from "../model-request.ts";
import { RequestMeter } from "../request-meter.ts";
import { acceptStructured } from "../structured/accept-answer.ts";
import { answerSchema } from "../structured/answer-schema.ts";
import { openEntry, type PackEntry } from "./pack-entry.ts";
import { packRequest } from "./pack-request.ts";
import { nothingLearnt } from "./pack-size.ts";

const fields = z.object({ own: z.string() });
const bounds = { first: 5, cap: 5 };
const by = { model: "a/b:free", usage: { promptTokens: 1, completionTokens: 1 }, pack: undefined };

/** A question whose right answer is its own text. */
function open(text: string) {
  const request: ModelRequest<{ own: string }> = {
    messages: [{ role: "user", content: text }],
    task: "general",
    answer: answerSchema(fields, "Step"),
    accept: acceptStructured(fields),
    ...{ temperature: 0, maxOutputTokens: 500, maxRepairs: 1, cache: true },
  };
  const terms = {
    fingerprint: "f",
    lead: [],
    before: "Say it:\n",
    item: text,
    after: "",
    examples: [],
    maxItems: null,
    sample: 0,
  };
  const member = {
    ...{ key: "k", kind: "f/short", bounds, itemTokens: 10 },
    needs: { sharedTokens: 10, reservedTokens: 500, isText: false },
  };
  const question = { request, terms, call: { meter: new RequestMeter() }, onLate: () => {} };
  const { entry, answer } = openEntry(question, member, () => Promise.reject(new Error("asked alone")));
  return { entry, answer, text };
}

type Opened = ReturnType<typeof open>;
type Deed = "right" | "drop" | "repeat" | "contradict" | "unknown" | "break" | "copy";

/** The items of a request as they stand in it: id, and text. */
function itemsOf({ messages }: ModelRequest<unknown>): Array<[id: string, text: string]> {
  const content = String(messages.at(-1)?.content);
  return [...content.matchAll(/^<<<item (\S+) (\S+)\n([\s\S]*?)\n>>>item \1 \2$/gm)].map(
    ([, id = "", , text = ""]) => [id, text],
  );
}

function entriesFor(deed: Deed, [id, text]: [string, string], nonce: string): unknown[] {
  const right = { id, own: text };
  switch (deed) {
    case "right":
      return [right];
    case "drop":
      return [];
    case "repeat":
      return [right, right];
    case "contradict":
      return [right, { id, own: "of another" }];
    case "unknown":
      return [{ ...right, id: `${id.slice(0, -1)}u` }];
    case "break":
      return [{ id, own: 7 }];
    case "copy":
      return [{ id, own: `<<<item ${id} ${nonce}` }];
  }
}

const deed = fc.constantFrom<Deed>("right", "drop", "repeat", "contradict", "unknown", "break", "copy");
const texts = fc.uniqueArray(
  fc.oneof(
    fc.string({ minLength: 1 }),
    fc.constantFrom(">>>item aaaa2 0123456789ab", "<<<item x y", "a\n\nb"),
  ),
  { minLength: 5, maxLength: 5 },
);

describe("one request for several questions", () => {
  it("gives each question its own answer or none, and loses no question, whatever comes back", async () => {
    const told = fc.tuple(texts, fc.tuple(deed, deed, deed, deed, deed), fc.infiniteStream(fc.nat()));
    await fc.assert(
      fc.asyncProperty(told, async ([own, deeds, random]) => {
        const opened = own.map(open);
        const [first, ...others] = opened.map(({ entry }) => entry);
        if (!first) throw new Error("no question");
        const request = packRequest([first, ...others], nothingLearnt(bounds), () => 0.5);
        const items = itemsOf(request);
        expect(items.map(([, text]) => text)).toEqual(own);
        const [, nonce = ""] = /<<<item \S+ (\S+)/.exec(String(request.messages.at(-1)?.content)) ?? [];
        const entries = items
          .flatMap((item, at) => entriesFor(deeds[at] ?? "drop", item, nonce))
          .map((entry) => ({ entry, place: random.next().value }))
          .sort((a, b) => a.place - b.place)
          .map(({ entry }) => entry);
        const acceptance = await request.accept({ text: JSON.stringify({ items: entries }), toolCalls: [] });
        const right = opened.filter((_, at) => deeds[at] === "right" || deeds[at] === "repeat");
        expect(acceptance.ok).toBe(right.length > 0);
        if (!acceptance.ok) return;
        const { good, bad, idErrors } = acceptance.value;
        expect(good.map(({ entry }) => entry)).toEqual(right.map(({ entry }) => entry));
        expect([...good.map(({ entry }) => entry), ...bad].sort(byText)).toEqual(
          entriesOf(opened).sort(byText),
        );
        expect(idErrors).toBe(deeds.filter((done) => done === "unknown" || done === "contradict").length);
        for (const { settle } of good) settle(by);
        for (const { answer, text } of right) expect((await answer).value).toEqual({ own: text });
      }),
    );
  });

  it("names no item twice, by ids of five characters that hold no order, anew in each request", () => {
    const [one, other] = [open("one"), open("other")];
    const ids = [1, 2, 3].flatMap(() =>
      itemsOf(packRequest([one.entry, other.entry], nothingLearnt(bounds), () => 0.5)).map(([id]) => id),
    );
    expect(new Set(ids).size).toBe(6);
    for (const id of ids) expect(id).toMatch(/^[0-9a-hjkmnp-tv-z]{5}$/);
  });

  it("is not repaired, not cached, and taken when it was cut", () => {
    const request = packRequest([open("one").entry, open("other").entry], nothingLearnt(bounds), () => 0.5);
    expect(request).toMatchObject({ maxRepairs: 0, cache: false, takesCut: true });
  });

  it("is not accepted when no item has a valid answer, and says why", async () => {
    const request = packRequest([open("one").entry, open("other").entry], nothingLearnt(bounds), () => 0.5);
    const none = await request.accept({ text: "I read it all.", toolCalls: [] });
    expect(none).toEqual({ ok: false, problem: "no item has an answer under its id" });
    const items = itemsOf(request).map(([id]) => ({ id, own: 7 }));
    const broken = await request.accept({ text: JSON.stringify({ items }), toolCalls: [] });
    expect(broken).toMatchObject({ ok: false, problem: expect.stringContaining("expected string") });
  });
});

const entriesOf = (opened: readonly Opened[]): PackEntry[] => opened.map(({ entry }) => entry);
const byText = (a: PackEntry, b: PackEntry) => (a.terms.item < b.terms.item ? -1 : 1);
