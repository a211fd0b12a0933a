import { classify, definePipeline, extract } from "@sluice/core";
import { z } from "zod";

const input = z.object({ text: z.string() });

const labels = {
  payment: "asks to pay an amount of money",
  complaint: "is angry about something broken",
  thanks: "thanks somebody for good service",
};

const aboutLabel = {
  payment: "Please pay the amount of money that is due, {n} euros in all, before the end of the week.",
  complaint: "I am angry: the {thing} was broken when I opened the parcel, and nobody answers the phone.",
  thanks: "Many thanks to everybody for the good service, the {thing} works well, and my family is happy.",
};

const openings = [
  "Dear Sir or Madam, I write about the order that I placed in your shop some weeks ago.",
  "Hello, this is about the parcel that your driver left at my door on Tuesday morning.",
  "Good morning, I have been a customer of yours for several years and never had a question before.",
  "To the office in charge, this letter concerns the delivery with the number {n}.",
];
const closings = [
  "You can reach me in the evening under the number that you have.",
  "I look forward to hearing from you soon, and remain with kind regards.",
  "My neighbour told me that he had the same in spring.",
  "With best wishes from the coast, where the weather is fine at last.",
];
const things = ["kettle", "lamp", "chair", "radio", "clock", "mirror", "bicycle", "heater"];
const places = ["Hamburg", "Leeds", "Antwerp", "Porto", "Gdansk", "Bergen", "Trieste", "Cork"];
const names = ["Berg", "Dorn", "Hale", "Pike", "Stone", "Rivers", "Marsh", "Field"];
const filler = [
  "The goods were packed with care and left our warehouse in the morning of the day that was agreed.",
  "Our drivers are told to ring twice and to leave the parcel with a neighbour when nobody is at home.",
  "Every box carries a label with the number of the order, which helps us to find it again.",
  "The colour of the wood may differ a little from the picture, because no two trees are alike.",
  "Keep the paper in a dry place, as it is needed when a repair is asked for later.",
  "The workshop is closed on public holidays and during the first two weeks of August.",
  "Parts that wear out with use, such as belts and lamps, are not covered by the guarantee.",
  "We have printed this on both sides of the sheet in order to save paper and postage.",
];

/** Labels of short texts: about 60 tokens each, three labels. */
const shortTexts = {
  name: "labels of short texts",
  target: 15,
  pipeline: (pack) =>
    definePipeline({ name: "kinds", version: 1, input }).step(
      "kind",
      classify({ text: (view) => view.input.text, labels, pack }),
    ),
  documents(count) {
    const random = seeded(17);
    return Array.from({ length: count }, (_, n) => {
      const label = pick(Object.keys(labels), random);
      const said = [pick(openings, random), aboutLabel[label], pick(closings, random)].join(" ");
      const text = said.replaceAll("{n}", String(1_000 + n)).replaceAll("{thing}", pick(things, random));
      return { text: `${text} My number is ${n}.`, right: { label } };
    });
  },
};

const fields = z.object({
  vendor: z.string(),
  invoiceNumber: z.string(),
  total: z.number(),
  due: z.iso.date(),
  city: z.string(),
});

/** Five facts out of pages of about 1,200 tokens. */
const pages = {
  name: "five facts out of pages",
  target: 3,
  pipeline: (pack) =>
    definePipeline({ name: "invoices", version: 1, input }).step(
      "facts",
      extract({ text: (view) => view.input.text, fields, pack }),
    ),
  documents(count) {
    const random = seeded(29);
    return Array.from({ length: count }, (_, n) => {
      const right = {
        vendor: `${pick(names, random)} ${n} Ltd`,
        invoiceNumber: `R-${10_000 + n}`,
        total: Math.round(random() * 90_000 + 1_000) / 100,
        due: `2026-${two(1 + random() * 12)}-${two(1 + random() * 28)}`,
        city: pick(places, random),
      };
      const facts = [
        `Vendor: ${right.vendor}`,
        `Invoice number: ${right.invoiceNumber}`,
        `Total: ${right.total.toFixed(2)}`,
        `Due: ${right.due}`,
        `City: ${right.city}`,
      ];
      const prose = Array.from({ length: 10 }, () => paragraph(random));
      return { text: [facts.join("\n"), ...prose].join("\n\n"), right };
    });
  },
};

/** What is asked about: each document with the answer that it has by construction. */
export const corpora = [shortTexts, pages];

function paragraph(random) {
  return Array.from({ length: 6 }, () => pick(filler, random)).join(" ");
}

function pick(list, random) {
  return list[Math.floor(random() * list.length)];
}

function two(number) {
  return String(Math.floor(number)).padStart(2, "0");
}

/** Mulberry32: the same documents in every run. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
