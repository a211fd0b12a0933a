/** A text that matches a regular expression: a stretch of the document when there is one, else made from the pattern. */
export function matchPattern(
  pattern: string,
  candidates: readonly string[],
  text: string,
): string | undefined {
  const expression = compile(pattern, "u");
  if (expression === undefined) return undefined;
  const direct = candidates.find((candidate) => expression.test(candidate));
  if (direct !== undefined) return direct;
  const loose = compile(pattern.replace(/^\^|\$$/g, ""), "u");
  const [stretch = ""] = loose?.exec(text) ?? [];
  if (stretch !== "" && expression.test(stretch)) return stretch;
  const made = new PatternWriter(pattern).write();
  return expression.test(made) ? made : undefined;
}

function compile(pattern: string, flags: string): RegExp | undefined {
  try {
    return new RegExp(pattern, flags);
  } catch {
    return flags === "" ? undefined : compile(pattern, "");
  }
}

const CLASSES: Readonly<Record<string, string>> = { d: "0", w: "a", s: " ", D: "a", W: "-", S: "a" };

/** Writes the shortest text for a simple pattern: literals, classes, groups, alternatives and counts. */
class PatternWriter {
  readonly #pattern: string;
  #at = 0;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** The text; patterns with look-arounds or back references may come out wrong, so the caller checks. */
  write(): string {
    this.#at = 0;
    return this.#alternatives();
  }

  #alternatives(): string {
    const first = this.#sequence();
    while (this.#peek() === "|") {
      this.#at++;
      this.#sequence();
    }
    return first;
  }

  #sequence(): string {
    let text = "";
    while (this.#at < this.#pattern.length && this.#peek() !== "|" && this.#peek() !== ")") {
      const atom = this.#atom();
      text += atom.repeat(this.#count());
    }
    return text;
  }

  #atom(): string {
    const character = this.#next();
    if (character === "^" || character === "$") return "";
    if (character === ".") return "a";
    if (character === "[") return this.#class();
    if (character === "(") return this.#group();
    if (character !== "\\") return character;
    const escaped = this.#next();
    if (escaped === "b" || escaped === "B") return "";
    return CLASSES[escaped] ?? escaped;
  }

  #group(): string {
    const opening = /^\?(?::|<\w+>|[=!]|<[=!])/.exec(this.#pattern.slice(this.#at))?.[0] ?? "";
    this.#at += opening.length;
    const inside = this.#alternatives();
    this.#at++;
    return /[=!]/.test(opening) ? "" : inside;
  }

  #class(): string {
    const negated = this.#peek() === "^";
    const end = this.#classEnd();
    const body = this.#pattern.slice(this.#at, end);
    this.#at = end + 1;
    if (negated) return ["a", "0", "-", " "].find((one) => compile(`[${body}]`, "")?.test(one)) ?? "a";
    const first = body.startsWith("\\") ? (CLASSES[body[1] ?? ""] ?? body[1]) : body[0];
    return first ?? "";
  }

  #classEnd(): number {
    for (let at = this.#at; at < this.#pattern.length; at++) {
      if (this.#pattern[at] === "\\") at++;
      else if (this.#pattern[at] === "]") return at;
    }
    return this.#pattern.length;
  }

  /** The smallest count a quantifier allows. */
  #count(): number {
    const [whole = "", minimum] =
      /^(?:\{(\d+)(?:,\d*)?\}|[*+?])\??/.exec(this.#pattern.slice(this.#at)) ?? [];
    this.#at += whole.length;
    if (minimum !== undefined) return Math.min(Number(minimum), 1_000);
    return whole.startsWith("*") || whole.startsWith("?") ? 0 : 1;
  }

  #peek(): string {
    return this.#pattern[this.#at] ?? "";
  }

  #next(): string {
    const character = this.#peek();
    this.#at++;
    return character;
  }
}
