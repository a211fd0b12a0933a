import { z } from "zod";

const ITEM_FAULTS = ["drop", "repeat", "contradict", "unknown-id", "cross", "break"] as const;

/** What can go wrong with one item of a packed request. */
export type ItemFault = (typeof ITEM_FAULTS)[number];

/**
 * One thing that goes wrong, once, in the answer to a packed request; any other answer stays as it is. `index` is the
 * place of the item concerned among those of the request, from 0, and beyond the end the last. Default: drawn.
 */
export type PackFault =
  /** An item is left out. */
  | { kind: "pack-drop"; index?: number }
  /** An item is answered twice, alike. */
  | { kind: "pack-repeat"; index?: number }
  /** An item is answered twice, the second time with another item's answer, or one that breaks the schema. */
  | { kind: "pack-contradict"; index?: number }
  /** An item is answered under an id that no item has. */
  | { kind: "pack-unknown-id"; index?: number }
  /** An item gets the answer of another. It stays as it is when all answers are the same. */
  | { kind: "pack-cross"; index?: number }
  /** An entry has the right id, and fields that break the schema. */
  | { kind: "pack-break"; index?: number }
  /** One more entry, which repeats an answer under this id, or (default) under none. */
  | { kind: "pack-extra"; id?: string }
  /** The ids are numbers from 1 on, as texts. */
  | { kind: "pack-renumber" }
  /** The entries come in another order. Default "reversed". */
  | { kind: "pack-reorder"; order?: "reversed" | "shuffled" };

/**
 * How often items of packed requests come back wrong, whatever else happens to the answer: shares of all items, each
 * from 0 to 1 and together at most 1. What happens to an item depends on the seed, on its text, and on how often it was
 * answered before, not on the order in which requests arrive.
 */
export interface PackShares {
  /** Left out. Default 0, as for all others. */
  dropShare?: number;
  /** Answered twice, alike. */
  repeatShare?: number;
  /** Answered twice, differently. */
  contradictShare?: number;
  /** Answered under an id that no item has. */
  unknownIdShare?: number;
  /** Given the answer of another item. */
  crossShare?: number;
  /** Given an entry that breaks the schema. */
  breakShare?: number;
  /** Seed of the draws. Default: the scenario's, else 1. */
  seed?: number;
}

const place = z.int().nonnegative().exactOptional();

/** Faults of packed requests as they arrive from another process. */
export const packFaultSchema: z.ZodType<PackFault> = z.union([
  z.strictObject({ kind: z.templateLiteral(["pack-", z.enum(ITEM_FAULTS)]), index: place }),
  z.strictObject({ kind: z.literal("pack-extra"), id: z.string().exactOptional() }),
  z.strictObject({ kind: z.literal("pack-renumber") }),
  z.strictObject({
    kind: z.literal("pack-reorder"),
    order: z.enum(["reversed", "shuffled"]).exactOptional(),
  }),
]);

/** True for a fault that only the answer to a packed request can have. */
export function isPackFault(fault: { kind: string } | undefined): fault is PackFault {
  return fault?.kind.startsWith("pack-") ?? false;
}

/** The fault of one item that a fault of the whole comes down to; undefined for those that concern all entries. */
export function itemFaultOf({ kind }: PackFault): ItemFault | undefined {
  return ITEM_FAULTS.find((fault) => kind === `pack-${fault}`);
}

const share = z.number().min(0).max(1).exactOptional();

const sharesSchema: z.ZodType<PackShares> = z.strictObject({
  dropShare: share,
  repeatShare: share,
  contradictShare: share,
  unknownIdShare: share,
  crossShare: share,
  breakShare: share,
  seed: z.int().exactOptional(),
});

/** A fault of an item with the share of items that have it. */
export type ItemRate = readonly [fault: ItemFault, share: number];

/** The shares that are more than zero. Throws when one is no share, or when together they are more than 1. */
export function itemRates(shares: PackShares): ItemRate[] {
  const { dropShare = 0, repeatShare = 0, contradictShare = 0, ...more } = sharesSchema.parse(shares);
  const { unknownIdShare = 0, crossShare = 0, breakShare = 0 } = more;
  const rates: ItemRate[] = [
    ["drop", dropShare],
    ["repeat", repeatShare],
    ["contradict", contradictShare],
    ["unknown-id", unknownIdShare],
    ["cross", crossShare],
    ["break", breakShare],
  ];
  const sum = rates.reduce((total, [, part]) => total + part, 0);
  // Shares such as 0.1 and 0.7 are not exact, nor is their sum.
  if (sum > 1 + 1e-9) throw new Error(`The shares of \`packs\` add up to ${sum}; give at most 1 in all.`);
  return rates.filter(([, part]) => part > 0);
}

/** The fault that a draw in [0, 1) stands for. */
export function drawnFault(draw: number, rates: readonly ItemRate[]): ItemFault | undefined {
  let remaining = draw;
  for (const [fault, part] of rates) {
    remaining -= part;
    if (remaining < 0) return fault;
  }
  return undefined;
}
