import { type Clause, toClauses } from "./clauses.ts";
import { rankLanguages } from "./languages.ts";
import { findNames, type Names } from "./names.ts";
import { splitSentences } from "./sentences.ts";
import type { Section, Source } from "./source.ts";

/** Lines that often stand above or instead of a title. */
const NOT_A_TITLE = /^(?:copyright|\(c\)|©|\d+(?:\.\d+)*\.?\s|page \d|https?:|date:|from:|to:)/i;

/** A document with everything that can be read from it, each worked out once and only when asked for. */
export class Reading {
  readonly text: string;
  readonly sections: readonly Section[];
  readonly question: string;
  /** Id of the section this is a reading of. */
  readonly sectionId: string | undefined;
  #sentences: string[] | undefined;
  #clauses: Clause[] | undefined;
  #names: Promise<Names> | undefined;
  #languages: Promise<string[]> | undefined;

  constructor({ text, sections, question }: Source, sectionId?: string) {
    this.text = text;
    this.sections = sections;
    this.question = question;
    this.sectionId = sectionId;
  }

  /** A reading of one section alone. */
  ofSection({ id, text }: Section): Reading {
    return new Reading({ text, sections: [], question: this.question }, id);
  }

  /** A reading of a stretch of this text. */
  ofPart(text: string): Reading {
    return new Reading({ text, sections: [], question: this.question }, this.sectionId);
  }

  get sentences(): readonly string[] {
    this.#sentences ??= splitSentences(this.text);
    return this.#sentences;
  }

  get clauses(): readonly Clause[] {
    this.#clauses ??= toClauses(this.text);
    return this.#clauses;
  }

  /** People, organizations and places near the beginning. */
  names(): Promise<Names> {
    this.#names ??= findNames(this.text);
    return this.#names;
  }

  /** ISO 639-3 codes of the likely languages, best first. */
  languages(): Promise<string[]> {
    this.#languages ??= rankLanguages(this.text);
    return this.#languages;
  }

  /** The first line that looks like a heading. */
  get title(): string | undefined {
    const lines = this.text.split("\n").map((line) => line.replace(/^[\s#*>=_-]+|[\s#*=_-]+$/g, ""));
    const line = lines.find((candidate) => /\p{L}{2}/u.test(candidate) && !NOT_A_TITLE.test(candidate));
    if (line === undefined) return undefined;
    const label = /^(?:title|name|subject)\s*:\s*(.+)$/i.exec(line)?.[1];
    return label ?? (line.length <= 120 ? line : undefined);
  }
}
