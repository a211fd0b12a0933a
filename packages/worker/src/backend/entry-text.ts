import { parseJson, randomId } from "@sluice/core";
import { z } from "zod";
import { MAX_ENTRY_CHARACTERS } from "./event-log.ts";
import { type LoggedEvent, loggedEventSchema, loggedText } from "./logged-event.ts";

/** Events of one entry at most: a store that counts entries should not be filled by a few. */
const MAX_EVENTS = 32;

/**
 * Puts events together to entries. Each bears its writer and a number, so that one that is added twice, because its
 * answer was lost, is told from a new one:
 *
 * ```
 * {"writer":"k7w2m9qd","number":3,"events":[{"at":1763…,"batchId":"b7k2","document":"a.txt","event":{…}},…]}
 * ```
 */
export class EntryWriter {
  readonly #writer = randomId(8);
  #number = 0;

  /** The texts of as many entries as it takes. */
  write(events: readonly LoggedEvent[]): string[] {
    const entries: string[] = [];
    let texts: string[] = [];
    let characters = 0;
    for (const event of events) {
      const text = loggedText(event);
      if (texts.length === MAX_EVENTS || characters + text.length > MAX_ENTRY_CHARACTERS - HEAD_CHARACTERS) {
        entries.push(this.#entryOf(texts));
        texts = [];
        characters = 0;
      }
      texts.push(text);
      characters += text.length + 1;
    }
    if (texts.length > 0) entries.push(this.#entryOf(texts));
    return entries;
  }

  #entryOf(texts: readonly string[]): string {
    this.#number += 1;
    return `{"writer":"${this.#writer}","number":${this.#number},"events":[${texts.join(",")}]}`;
  }
}

/** What stands around the events of an entry takes less. */
const HEAD_CHARACTERS = 100;

/** Writers that a reader remembers: each worker is one, and each call of a client. */
const MAX_WRITERS = 1_000;

const entrySchema = z.object({ writer: z.string(), number: z.number(), events: z.array(z.unknown()) });

/** Reads entries in their order, and each of them once. */
export class EntryReader {
  readonly #lastNumbers = new Map<string, number>();

  /** The events of an entry; none when it was read before, or is damaged, or of a kind that is not known. */
  read(text: string): LoggedEvent[] {
    const entry = entrySchema.safeParse(parsed(text));
    if (!entry.success) return [];
    const { writer, number, events } = entry.data;
    if (number <= (this.#lastNumbers.get(writer) ?? 0)) return [];
    this.#remember(writer, number);
    return events.flatMap((event) => {
      const known = loggedEventSchema.safeParse(event);
      return known.success ? [known.data] : [];
    });
  }

  /** An entry and its repetition are never far apart. */
  #remember(writer: string, number: number): void {
    this.#lastNumbers.delete(writer);
    this.#lastNumbers.set(writer, number);
    const [oldest] = this.#lastNumbers.keys();
    if (this.#lastNumbers.size > MAX_WRITERS && oldest !== undefined) this.#lastNumbers.delete(oldest);
  }
}

function parsed(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}
