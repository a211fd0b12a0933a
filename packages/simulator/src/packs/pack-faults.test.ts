import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { chat, MODEL } from "../../test/chat-client.ts";
import { packedPrompt, packedSchema } from "../../test/packed-prompt.ts";
import type { Fault } from "../faults.ts";
import type { SimulatorOptions } from "../options.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import type { PackShares } from "./pack-faults.ts";
import { packedItemIds } from "./packed-item-ids.ts";

const STEP = {
  type: "object",
  properties: { title: { type: "string" }, wordCount: { type: "integer" } },
  required: ["title", "wordCount"],
  additionalProperties: false,
};
const AROUND = { prefix: "Find the title, and count the words.\n\n<document>\n", suffix: "\n</document>" };
const ITEMS = [
  { id: "d7k2", text: "Deep Water\n\nIt is deep." },
  { id: "p3xq", text: "High Mountain\n\nIt is very high." },
  { id: "w5m6", text: "Wide Plain\n\nIt is." },
];
const D7K2 = { id: "d7k2", title: "Deep Water", wordCount: 5 };
const P3XQ = { id: "p3xq", title: "High Mountain", wordCount: 6 };
const W5M6 = { id: "w5m6", title: "Wide Plain", wordCount: 4 };

const completion = z.looseObject({
  choices: z.tuple([
    z.looseObject({ finish_reason: z.string(), message: z.looseObject({ content: z.string() }) }),
  ]),
  usage: z.looseObject({ completion_tokens: z.number() }),
});

const roomy: SimulatorOptions = { limits: { perMinute: 10_000, perDay: 10_000 } };

let simulator: Simulator;

beforeEach(async () => {
  simulator = await startSimulator(roomy);
});

afterEach(() => simulator.close());

function bodyOf(items: ReadonlyArray<{ id: string; text: string }>) {
  return {
    messages: [{ role: "user", content: packedPrompt(AROUND, items) }],
    response_format: { type: "json_schema", json_schema: { name: "t", schema: packedSchema(STEP) } },
  };
}

async function ask(items = ITEMS, body: Record<string, unknown> = {}, asked = simulator) {
  const response = await chat(asked, { ...bodyOf(items), ...body });
  const [{ finish_reason: finish, message }] = completion.parse(await response.json()).choices;
  return { finish, content: message.content };
}

async function entriesOf(items = ITEMS, asked = simulator): Promise<unknown[]> {
  const { content } = await ask(items, {}, asked);
  return z.object({ items: z.array(z.unknown()) }).parse(JSON.parse(content)).items;
}

async function play(fault: Fault): Promise<unknown[]> {
  simulator.script(MODEL, fault);
  const entries = await entriesOf();
  simulator.assertScriptsSpent();
  expect(simulator.journal.at(-1)?.fault).toBe(fault.kind);
  return entries;
}

describe("a packed request", () => {
  test("is answered with an entry for each item", async () => {
    expect(await entriesOf()).toEqual([D7K2, P3XQ, W5M6]);
    expect(simulator.journal[0]).not.toHaveProperty("itemFaults");
  });

  test("tells in the journal what it carried, also when that was read by another process", async () => {
    await ask();
    await chat(simulator);
    expect(simulator.journal.map(packedItemIds)).toEqual([["d7k2", "p3xq", "w5m6"], []]);
    const read = await (await fetch(`${simulator.controlUrl}/journal`)).json();
    const journal = z.object({ data: z.array(z.object({ body: z.unknown() })) }).parse(read);
    expect(journal.data.map(packedItemIds)[0]).toEqual(["d7k2", "p3xq", "w5m6"]);
    expect(packedItemIds({})).toEqual([]);
  });

  test("is not what a document only plays, whose fences are text", async () => {
    const content = packedPrompt(AROUND, ITEMS);
    const body = {
      messages: [{ role: "user", content }],
      response_format: { type: "json_schema", json_schema: { name: "t", schema: STEP } },
    };
    simulator.script(MODEL, { kind: "pack-renumber" });
    expect(JSON.parse((await ask(ITEMS, body)).content)).toHaveProperty("title");
    expect(simulator.journal.map(packedItemIds)).toEqual([[]]);
  });
});

describe("faults of packed requests", () => {
  const broken = (entry: { id: string }) => ({
    id: entry.id,
    title: { unexpected: expect.any(String) },
    wordCount: expect.any(String),
  });

  const cases: Array<[Fault, unknown[]]> = [
    [{ kind: "pack-drop", index: 1 }, [D7K2, W5M6]],
    [{ kind: "pack-drop", index: 99 }, [D7K2, P3XQ]],
    [{ kind: "pack-repeat", index: 1 }, [D7K2, P3XQ, P3XQ, W5M6]],
    [{ kind: "pack-contradict", index: 2 }, [D7K2, P3XQ, W5M6, { ...D7K2, id: "w5m6" }]],
    [{ kind: "pack-unknown-id", index: 0 }, [{ ...D7K2, id: "d7ka" }, P3XQ, W5M6]],
    [{ kind: "pack-cross", index: 0 }, [{ ...P3XQ, id: "d7k2" }, P3XQ, W5M6]],
    [{ kind: "pack-break", index: 1 }, [D7K2, broken(P3XQ), W5M6]],
    [{ kind: "pack-extra" }, [D7K2, P3XQ, W5M6, { title: "Deep Water", wordCount: 5 }]],
    [{ kind: "pack-extra", id: "zzzz" }, [D7K2, P3XQ, W5M6, { ...D7K2, id: "zzzz" }]],
    [
      { kind: "pack-renumber" },
      [
        { ...D7K2, id: "1" },
        { ...P3XQ, id: "2" },
        { ...W5M6, id: "3" },
      ],
    ],
    [{ kind: "pack-reorder" }, [W5M6, P3XQ, D7K2]],
  ];

  test.each(cases)("%o", async (fault, entries) => {
    expect(await play(fault)).toEqual(entries);
    expect(await entriesOf()).toEqual([D7K2, P3XQ, W5M6]);
  });

  test.each(cases)("%o leaves the answer to any other request as it is", async (fault) => {
    const content = `${AROUND.prefix}${ITEMS[0]?.text}${AROUND.suffix}`;
    const body = {
      messages: [{ role: "user", content }],
      response_format: { type: "json_schema", json_schema: { name: "t", schema: STEP } },
    };
    simulator.script(MODEL, fault);
    expect((await ask(ITEMS, body)).content).toBe('{"title":"Deep Water","wordCount":5}');
    simulator.assertScriptsSpent();
  });

  test("a shuffled answer holds every entry, in the same order in every run", async () => {
    const items = Array.from({ length: 12 }, (_, index) => ({
      id: `aaa${"abcdefghijkl"[index]}`,
      text: `T${index}`,
    }));
    const orders: unknown[][] = [];
    for (let run = 0; run < 2; run++) {
      await using again = await startSimulator(roomy);
      const good = await entriesOf(items, again);
      again.script(MODEL, { kind: "pack-reorder", order: "shuffled" });
      const shuffled = await entriesOf(items, again);
      expect(shuffled).toEqual(expect.arrayContaining(good));
      expect(shuffled).toHaveLength(good.length);
      expect(shuffled).not.toEqual(good);
      orders.push(shuffled);
    }
    expect(orders[0]).toEqual(orders[1]);
  });

  test("a fault without a place says in the journal which item it met", async () => {
    const entries = await play({ kind: "pack-drop" });
    const [[dropped, fault] = []] = Object.entries(simulator.journal[0]?.itemFaults ?? {});
    expect(fault).toBe("drop");
    expect(entries).toEqual([D7K2, P3XQ, W5M6].filter(({ id }) => id !== dropped));
    expect(entries).toHaveLength(2);
  });

  test("a pack of one has no other answer to give", async () => {
    const one = ITEMS.slice(0, 1);
    simulator.script(MODEL, { kind: "pack-cross" }, { kind: "pack-contradict" });
    expect(await entriesOf(one)).toEqual([D7K2]);
    expect(await entriesOf(one)).toEqual([D7K2, broken(D7K2)]);
  });

  test("the older faults of answers meet packed ones as a whole", async () => {
    simulator.script(MODEL, { kind: "prose" }, { kind: "truncated" });
    expect((await ask()).content).not.toContain("{");
    const cut = await ask();
    expect(cut.finish).toBe("length");
    expect(cut.content).toContain('"id":"d7k2"');
    expect(cut.content).not.toContain('"id":"w5m6"');
  });

  test("they can be drawn at random, and come from other processes", async () => {
    const rates = [{ fault: { kind: "pack-renumber" }, probability: 1 }] as const;
    await using drawn = await startSimulator({ scenario: { name: "numbers", faults: [], rates } });
    expect(await entriesOf(ITEMS, drawn)).toMatchObject([{ id: "1" }, { id: "2" }, { id: "3" }]);
    const queue = (fault: unknown) =>
      fetch(`${simulator.controlUrl}/script`, {
        method: "POST",
        body: JSON.stringify({ target: "*", faults: [fault] }),
      });
    expect((await queue({ kind: "pack-drop", index: 0 })).status).toBe(200);
    expect(await entriesOf()).toEqual([P3XQ, W5M6]);
    expect((await queue({ kind: "pack-drop", index: -1 })).status).toBe(400);
    expect((await queue({ kind: "pack-lose" })).status).toBe(400);
  });
});

describe("shares of items that come back wrong", () => {
  const TEXTS = Array.from({ length: 200 }, (_, index) => `Document ${index}\n\nIt is number ${index}.`);

  /** What happened to each text, whatever the sizes of the packs and their order. */
  async function faultsByText(packs: PackShares, size: number, texts = TEXTS) {
    await using started = await startSimulator({ ...roomy, packs });
    const faults = new Map<string, string>();
    for (let start = 0; start < texts.length; start += size) {
      const items = texts.slice(start, start + size).map((text, place) => ({ id: `aa${23 + place}`, text }));
      await entriesOf(items, started);
      const { itemFaults = {} } = started.journal.at(-1) ?? {};
      for (const { id, text } of items) faults.set(text, itemFaults[id] ?? "none");
    }
    return faults;
  }

  test("are kept, and depend on the seed and the texts alone", async () => {
    const shares = { dropShare: 0.2, crossShare: 0.1, breakShare: 0.1, seed: 5 };
    const faults = await faultsByText(shares, 10);
    const count = (wanted: string) => [...faults.values()].filter((fault) => fault === wanted).length;
    expect(count("drop")).toBeGreaterThan(20);
    expect(count("drop")).toBeLessThan(60);
    expect(count("cross")).toBeGreaterThan(8);
    expect(count("break")).toBeGreaterThan(8);
    expect(count("none")).toBeGreaterThan(80);
    const otherwise = await faultsByText(shares, 4, TEXTS.toReversed());
    expect(new Map([...otherwise].toReversed())).toEqual(faults);
    expect(await faultsByText({ ...shares, seed: 6 }, 10)).not.toEqual(faults);
  });

  test("fall anew when an item is asked about again", async () => {
    await using started = await startSimulator({ ...roomy, packs: { dropShare: 0.5 } });
    const found = new Set<string>();
    for (let asked = 0; asked < 20; asked++) found.add(JSON.stringify(await entriesOf(ITEMS, started)));
    expect(found.size).toBeGreaterThan(2);
  });

  test("go on top of a scenario's faults, and of its own shares", async () => {
    const scenario = {
      name: "careless",
      faults: [{ model: MODEL, faults: [{ kind: "pack-reorder" }, { kind: "fenced" }] }] as const,
      packs: { dropShare: 1, breakShare: 0 },
    };
    await using careless = await startSimulator({ scenario });
    expect(await entriesOf(ITEMS, careless)).toEqual([]);
    expect((await ask(ITEMS, {}, careless)).content).toContain('```json\n{"items":[]}\n```');
    await using mended = await startSimulator({ scenario, packs: { dropShare: 0, repeatShare: 1 } });
    expect(await entriesOf(ITEMS, mended)).toEqual([W5M6, W5M6, P3XQ, P3XQ, D7K2, D7K2]);
  });

  test.each([
    ["more than all items", { dropShare: 0.7, crossShare: 0.5 }],
    ["less than none", { dropShare: -0.1 }],
  ])("that are %s are refused", async (_, packs) => {
    await expect(startSimulator({ packs })).rejects.toThrow();
  });
});
