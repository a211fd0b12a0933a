/** What a JSON-schema string format looks like, and values for when the document has nothing of that form. */
export interface Format {
  /** Finds a value inside a text. */
  pattern: RegExp;
  /** A pattern beside the format in the schema picks among these. */
  fallbacks: readonly [string, ...string[]];
}

const URL_LIKE = /https?:\/\/[^\s<>"')\]]*[^\s<>"')\].,;:]/;

/** Formats by name. A string with another format is treated as plain text. */
export const FORMATS: ReadonlyMap<string, Format> = new Map<string, Format>([
  ["date", { pattern: /\b\d{4}-\d{2}-\d{2}\b/, fallbacks: ["1970-01-01"] }],
  [
    "date-time",
    {
      pattern: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z/,
      fallbacks: ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00"],
    },
  ],
  ["time", { pattern: /\b(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\dZ/, fallbacks: ["00:00:00Z", "00:00:00"] }],
  ["duration", { pattern: /\bP\d+D\b/, fallbacks: ["P1D"] }],
  [
    "email",
    { pattern: /\b[\w+-]+(?:\.[\w+-]+)*@[\w-]+(?:\.[a-z]{2,})+\b/i, fallbacks: ["unknown@example.com"] },
  ],
  ["uri", { pattern: URL_LIKE, fallbacks: ["https://example.com/"] }],
  ["url", { pattern: URL_LIKE, fallbacks: ["https://example.com/"] }],
  [
    "uuid",
    {
      pattern: /\b[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b/i,
      fallbacks: ["00000000-0000-4000-8000-000000000000"],
    },
  ],
  [
    "ipv4",
    {
      pattern: /\b(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)\b/,
      fallbacks: ["192.0.2.1"],
    },
  ],
  ["ipv6", { pattern: /\b(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}\b/i, fallbacks: ["2001:db8::1"] }],
  ["hostname", { pattern: /\b(?:[a-z\d-]+\.)+[a-z]{2,}\b/i, fallbacks: ["example.com"] }],
]);
