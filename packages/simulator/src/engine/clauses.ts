import type { Phrase } from "./synonyms.ts";
import { stem, tokens } from "./words.ts";

/** A stretch of text between stops, with what its wording does. */
export interface Clause {
  /** Stems in order, each between single spaces, with a space at both ends. */
  readonly stems: string;
  readonly negated: boolean;
  readonly granted: boolean;
  readonly required: boolean;
}

/** Which clauses speak for an option. */
export type Polarity = "stated" | "granted" | "denied" | "required";

const NEGATION =
  /\b(no|not|never|nor|neither|without|cannot|disclaims?|disclaimed|excludes?|excluded|excluding|prohibits?|prohibited|forbids?|forbidden|except)\b|n't\b/i;
const GRANT =
  /\b(grants?|granted|permits?|permitted|permission|allows?|allowed|may|free to|rights? to|entitled)\b/i;
const REQUIREMENT =
  /\b(must|shall|requires?|required|provided that|conditions?|subject to|obliged|has to|have to|retain|ensure|only if)\b/i;
const NEUTRAL = /\bwith or without\b|\bwithout (limitation|restriction)\b|\bnot limited to\b/gi;

/** Splits a text into clauses. */
export function toClauses(text: string): Clause[] {
  return text
    .split(/[.;:!?。！？]\s|\n\s*\n|\n\s*[*\-•]\s/u)
    .filter((clause) => clause.trim() !== "")
    .map(toClause);
}

/** True when the clause contains the phrase. */
export function mentions(clause: Clause, phrase: Phrase): boolean {
  return clause.stems.includes(` ${phrase.join(" ")} `);
}

/** True when a clause counts under a polarity. */
export function speaksFor(clause: Clause, polarity: Polarity): boolean {
  switch (polarity) {
    case "stated":
      return !clause.negated;
    case "granted":
      return clause.granted && !clause.negated;
    case "denied":
      return clause.negated;
    case "required":
      return clause.required;
  }
}

function toClause(text: string): Clause {
  const plain = text.replace(NEUTRAL, " ");
  return {
    stems: ` ${tokens(text).map(stem).join(" ")} `,
    negated: NEGATION.test(plain),
    granted: GRANT.test(plain),
    required: REQUIREMENT.test(plain),
  };
}
