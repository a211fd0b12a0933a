import { classify, definePipeline, extract, llm } from "@sluice/core";
import { z } from "zod";

const begin = (name) => definePipeline({ name, version: 1, input: z.object({ text: z.string() }) });
const labels = {
  invoice: "asks to pay an amount of money",
  complaint: "is angry about something broken",
  thanks: "thanks somebody",
};
const text = ({ input }) => input.text;

/** One or two questions about a document, packed or not; the second one may need the first one's answer. */
const pipelines = {
  label: (pack) => begin("label").step("kind", classify({ text, labels, pack })),
  "label, then extract": (pack) =>
    begin("label-extract")
      .step("kind", classify({ text, labels, pack }))
      .step("facts", extract({ text, fields: z.object({ sender: z.string(), total: z.number() }), pack })),
  "label, then reply": (pack) =>
    begin("label-reply")
      .step("kind", classify({ text, labels, pack }))
      .step(
        "reply",
        llm({
          output: z.object({ title: z.string() }),
          prompt: ({ input, steps }) =>
            `Give the title of an answer to this letter.\n<kind>${steps.kind.label}</kind>\n<letter>\n${input.text}\n</letter>`,
          pack,
        }),
      ),
};

const sentences = [
  "Please pay the amount of 17 euros of money at once, to the account named below.",
  "I am angry, because the kettle was broken when it came and the parcel was open.",
  "Many thanks to you, I thank everybody at the shop for the good work of last week.",
];

/** Random batches, the same for the same seed. */
export function randomBatches(count, seed) {
  const random = mulberry32(seed);
  const between = (min, max) => Math.floor(min + random() * (max - min + 1));
  const oneOf = (list) => list[between(0, list.length - 1)];
  return Array.from({ length: count }, (_, index) => {
    const pack = random() < 0.7;
    const kind = oneOf(Object.keys(pipelines));
    const longest = oneOf([1, 4, 12]);
    const documents = pack ? between(100, 400) : between(10, 30);
    const concurrency = pack ? oneOf([32, 64]) : 8;
    const texts = Array.from({ length: documents }, (_, n) =>
      letter(`${index}.${n}`, between(1, longest), oneOf),
    );
    // Some stand in a batch twice: they are asked once.
    const copies = texts.filter(() => random() < 0.05);
    const seen = Array.from({ length: 40 }, (_, n) => letter(`seen ${n}`, between(1, longest), oneOf));
    return {
      ...{ kind, pack, concurrency, seen },
      texts: [...texts, ...copies],
      pipeline: pipelines[kind](pack),
    };
  });
}

function letter(number, paragraphs, oneOf) {
  const body = Array.from({ length: paragraphs }, () => `${oneOf(sentences)} ${oneOf(sentences)}`);
  return `Letter ${number}.\n\n${body.join("\n\n")}`;
}

/** A small generator of random numbers with a seed. */
function mulberry32(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
