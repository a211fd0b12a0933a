import { stem, tokens } from "./words.ts";

/** Words and short phrases of everyday documents that speak of the same thing; the first names the group. */
const GROUPS: ReadonlyArray<readonly string[]> = [
  ["commercial", "sell", "sale", "selling", "fee", "charge", "profit", "business", "any purpose"],
  ["modification", "modify", "alter", "derivative", "adapt", "amend", "changes"],
  ["distribution", "distribute", "redistribute", "publish", "convey", "disseminate", "sublicense"],
  ["private", "personal", "internal", "to use", "any purpose", "run the program"],
  ["liability", "liable", "damages", "responsible"],
  ["warranty", "warranties", "as is", "guarantee", "merchantability"],
  ["trademark", "trade mark", "trade names", "endorse", "logo"],
  ["copyright", "copyright notice", "attribution", "permission notice"],
  ["same", "under this license", "terms of this license", "same license", "share alike"],
  ["source", "source code", "corresponding source"],
  ["document", "state", "prominent notices", "carry notices"],
  ["network", "remote", "remotely", "server", "over a network"],
  [
    "copyleft",
    "terms of this license",
    "same license",
    "corresponding source",
    "share alike",
    "covered work",
    "available under this",
  ],
  ["payment", "pay", "paid", "payable", "settle"],
  ["invoice", "bill", "amount due", "billed to"],
  ["contract", "agreement", "parties", "hereby"],
  ["receipt", "thank you for your purchase", "change due"],
  ["law", "legal", "court", "statute", "rights", "justice", "tribunal"],
  ["human", "dignity", "freedom", "humanity", "everyone"],
  ["politics", "government", "election", "parliament", "minister", "state"],
  ["health", "medical", "patient", "disease", "doctor", "hospital", "medicine"],
  ["science", "research", "experiment", "study", "laboratory", "theory"],
  ["technology", "software", "computer", "internet", "digital", "program"],
  ["sport", "match", "team", "player", "league", "goal", "championship"],
  ["education", "school", "student", "teacher", "university", "learning"],
  ["finance", "bank", "money", "market", "investment", "stock", "price"],
  ["culture", "art", "music", "literature", "museum", "theatre"],
  ["environment", "climate", "nature", "pollution", "forest", "energy"],
  ["urgent", "immediately", "asap", "deadline", "critical", "emergency"],
  ["positive", "good", "great", "excellent", "love", "happy", "pleased"],
  ["negative", "bad", "poor", "terrible", "hate", "broken", "disappointed"],
  ["complaint", "complain", "unhappy", "refund", "problem", "broken"],
  ["bug", "error", "crash", "fails", "exception", "broken"],
  ["question", "how do", "wonder", "could you", "please explain"],
];

/** A word or phrase to look for: stems in their order. */
export type Phrase = readonly string[];

const GROUPS_BY_STEM: ReadonlyMap<string, readonly Phrase[]> = indexGroups();

/** Phrases that speak of the same thing as a stem, the stem itself first. */
export function relatedPhrases(wordStem: string): readonly Phrase[] {
  return [[wordStem], ...(GROUPS_BY_STEM.get(wordStem) ?? [])];
}

/** A word or phrase as stems. */
export function toPhrase(text: string): Phrase {
  return tokens(text).map(stem);
}

function indexGroups(): Map<string, readonly Phrase[]> {
  return new Map(GROUPS.map(([head = "", ...others]) => [stem(head), others.map(toPhrase)]));
}
