/** Names found in a text, most frequent first. */
export interface Names {
  people: string[];
  organizations: string[];
  places: string[];
}

/** Names stand near the beginning; reading further costs more than it finds. */
const MAX_CHARACTERS = 4_000;

const COMPANY =
  /\b(?:[A-Z][\w&'.-]*\s+){1,4}(?:Inc|Ltd|LLC|GmbH|AG|Corp|Corporation|Company|S\.A\.|B\.V\.|PLC|Foundation)\b\.?/g;

/** Finds names with the rules of `compromise`, which is loaded on first use. */
export async function findNames(text: string): Promise<Names> {
  const start = text.slice(0, MAX_CHARACTERS);
  const { default: nlp } = await import("compromise");
  const view = nlp(start);
  const companies = [...start.matchAll(COMPANY)].map(([name]) => name);
  return {
    people: byFrequency(asList(view.people().out("array"))),
    organizations: byFrequency([...companies, ...asList(view.organizations().out("array"))]),
    places: byFrequency(asList(view.places().out("array"))),
  };
}

function asList(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function byFrequency(names: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const name of names) {
    const clean = name.replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}.)]+$|[,;:]+$/gu, "").replace(/\s+/g, " ");
    if (clean.length > 1) counts.set(clean, (counts.get(clean) ?? 0) + 1);
  }
  return [...counts].sort(([, left], [, right]) => right - left).map(([name]) => name);
}
