import type { ItemFault, PackFault } from "./pack-faults.ts";
import type { AnsweredItem } from "./packed-request.ts";

/** One entry of an answer to a packed request. */
type Entry = Readonly<Record<string, unknown>>;

/** An item with what happens to it. */
export interface DrawnItem {
  item: AnsweredItem;
  /** In [0, 1); shuffled entries come in this order. */
  draw: number;
  fault: ItemFault | undefined;
}

/** The entries of an answer as the faults of its items leave them, and then the fault of the whole. */
export function spoilItems(drawn: readonly DrawnItem[], fault?: PackFault): Entry[] {
  const items = drawn.map(({ item }) => item);
  const entries = inOrder(drawn, fault).flatMap((one) => entriesFor(one, items));
  switch (fault?.kind) {
    case "pack-renumber":
      return entries.map((entry, index) => ({ ...entry, id: String(index + 1) }));
    case "pack-extra":
      return [...entries, { ...(fault.id === undefined ? {} : { id: fault.id }), ...items[0]?.fields }];
    default:
      return entries;
  }
}

function inOrder(drawn: readonly DrawnItem[], fault: PackFault | undefined): readonly DrawnItem[] {
  if (fault?.kind !== "pack-reorder") return drawn;
  if (fault.order === "shuffled") return drawn.toSorted((left, right) => left.draw - right.draw);
  return drawn.toReversed();
}

function entriesFor({ item, fault }: DrawnItem, items: readonly AnsweredItem[]): Entry[] {
  const { id, fields } = item;
  const good = { id, ...fields };
  switch (fault) {
    case undefined:
      return [good];
    case "drop":
      return [];
    case "repeat":
      return [good, good];
    case "contradict":
      return [good, { id, ...(otherAnswer(item, items) ?? brokenFields(fields)) }];
    case "unknown-id":
      return [{ ...good, id: unknownId(id, new Set(items.map((other) => other.id))) }];
    case "cross":
      return [{ id, ...(otherAnswer(item, items) ?? fields) }];
    case "break":
      return [{ id, ...brokenFields(fields) }];
  }
}

/** The answer of the next item behind this one, and then from the first on, that differs from its own. */
function otherAnswer(item: AnsweredItem, items: readonly AnsweredItem[]): Entry | undefined {
  const own = JSON.stringify(item.fields);
  const at = items.indexOf(item);
  const others = [...items.slice(at + 1), ...items.slice(0, at)];
  return others.find(({ fields }) => JSON.stringify(fields) !== own)?.fields;
}

const WRONG = "This value does not follow the schema.";

/** Every field with a value of another type. */
function brokenFields(fields: Entry): Entry {
  const broken = Object.entries(fields).map(([name, value]) => {
    const isTextual = typeof value === "string" || value === null;
    return [name, isTextual ? { unexpected: WRONG } : WRONG];
  });
  return broken.length === 0 ? { unexpected: WRONG } : Object.fromEntries(broken);
}

/** The id with its last character misread, so that it is no item's. */
function unknownId(id: string, taken: ReadonlySet<string>): string {
  const misread = [..."abcdefghijklmnopqrstuvwxyz"].map((last) => id.slice(0, -1) + last);
  return misread.find((candidate) => !taken.has(candidate)) ?? `${id}-`;
}
