/** A date in a text, as `YYYY-MM-DD`. */
export interface FoundDate {
  iso: string;
  index: number;
}

/** Beginnings of month names in English, German, French, Spanish, Italian, Portuguese and Dutch. */
const MONTHS: ReadonlyArray<RegExp> = [
  /^(jan|ene|gen)/,
  /^(feb|fév|fev)/,
  /^(mar|mär|maa|mrz)/,
  /^(apr|avr|abr)/,
  /^(may|mai|mag|mei)/,
  /^(jun|juin|giu)/,
  /^(jul|juil|lug)/,
  /^(aug|aoû|aou|ago)/,
  /^(sep|set)/,
  /^(oct|okt|ott|out)/,
  /^(nov)/,
  /^(dec|dez|déc|dic)/,
];

const ISO = /\b(\d{4})-(\d{2})-(\d{2})\b/g;
const NUMERIC = /\b(\d{1,2})([./-])(\d{1,2})\2(\d{4})\b/g;
const DAY_MONTH_YEAR =
  /\b(\d{1,2})(?:st|nd|rd|th|\.|er)?\s+(?:of\s+|de\s+)?(\p{L}{3,10})\.?,?\s+(?:de\s+)?(\d{4})\b/giu;
const MONTH_DAY_YEAR = /\b(\p{L}{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})\b/giu;
const MONTH_YEAR = /\b(\p{L}{3,10})\.?,?\s+(\d{4})\b/giu;

/** All dates of a text in order. `03/04/2025` is read as the third of April, unless only the American way fits. */
export function datesIn(text: string): FoundDate[] {
  const found: FoundDate[] = [];
  const add = (index: number, year: string | undefined, month: number, day: string | number | undefined) => {
    const iso = isoDate(Number(year), month, Number(day));
    if (iso !== null && !found.some((other) => Math.abs(other.index - index) < 6)) found.push({ iso, index });
  };
  for (const { index, 1: year, 2: month, 3: day } of text.matchAll(ISO)) add(index, year, Number(month), day);
  for (const { index, 1: first, 3: second, 4: year } of text.matchAll(NUMERIC)) {
    const american = Number(second) > 12;
    add(index, year, Number(american ? first : second), american ? second : first);
  }
  for (const { index, 1: day, 2: month, 3: year } of text.matchAll(DAY_MONTH_YEAR))
    add(index, year, monthOf(month), day);
  for (const { index, 1: month, 2: day, 3: year } of text.matchAll(MONTH_DAY_YEAR))
    add(index, year, monthOf(month), day);
  for (const { index, 1: month, 2: year } of text.matchAll(MONTH_YEAR)) add(index, year, monthOf(month), 1);
  return found.sort((left, right) => left.index - right.index);
}

/** The date nearest behind one of the wanted words, else the first date, else undefined. */
export function findDate(text: string, words: readonly string[]): string | undefined {
  const dates = datesIn(text);
  const lower = text.toLowerCase();
  const distances = dates.flatMap(({ iso, index }) =>
    words.flatMap((word) => {
      const anchor = lower.lastIndexOf(word, index);
      return anchor === -1 || index - anchor > 60 ? [] : [{ iso, distance: index - anchor }];
    }),
  );
  return distances.sort((left, right) => left.distance - right.distance)[0]?.iso ?? dates[0]?.iso;
}

function monthOf(name: string | undefined): number {
  const lower = (name ?? "").toLowerCase();
  return MONTHS.findIndex((month) => month.test(lower)) + 1;
}

function isoDate(year: number, month: number, day: number): string | null {
  const date = new Date(Date.UTC(year, month - 1, day));
  const isReal =
    date.getUTCFullYear() === year && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.toISOString().slice(0, 10) : null;
}
