import { z } from "zod";

const permission = z
  .enum(["commercial-use", "modifications", "distribution", "patent-use", "private-use"])
  .describe(
    [
      "commercial-use: use and redistribution for profit",
      "modifications: changing the work",
      "distribution: passing the work on",
      "patent-use: the text itself grants the contributors' patent rights",
      "private-use: use and change without publishing",
    ].join("; "),
  );

const condition = z
  .enum(["include-copyright", "document-changes", "disclose-source", "same-license", "network-use-disclose"])
  .describe(
    [
      "include-copyright: copies keep the copyright notice or the licence text",
      "document-changes: changed versions must be marked as changed",
      "disclose-source: whoever distributes the work must offer its source code",
      "same-license: changed versions, or at least the changed files or library, stay under this licence",
      "network-use-disclose: use over a network already obliges to offer the source code",
    ].join("; "),
  );

const limitation = z
  .enum(["liability", "warranty", "trademark-use", "patent-use"])
  .describe(
    [
      "liability: the text excludes or limits liability",
      "warranty: the text excludes warranty",
      "trademark-use: the text says that it grants no trademark rights",
      "patent-use: the text says that it grants no patent rights",
    ].join("; "),
  );

const copyleft = z
  .enum(["none", "weak", "strong"])
  .describe(
    [
      "none: derived works may carry another licence",
      "weak: the licensed files, library or font keep the licence, a larger work around them need not",
      "strong: a whole derived work keeps the licence",
    ].join("; "),
  );

/** What a licence permits, requires and forbids, in the vocabulary of choosealicense.com. */
export const licenceTerms = z.object({
  name: z.string().describe("The licence's name with its version, as its text gives it"),
  permissions: z.array(permission).describe("What the licence allows"),
  conditions: z.array(condition).describe("What it demands in return; empty when it demands nothing"),
  limitations: z.array(limitation).describe("What it excludes; empty when it excludes nothing"),
  copyleft,
  summary: z.string().max(300).describe("One or two sentences for a developer, at most 300 characters"),
});

/** The answer of the `extract` step. */
export type LicenceTerms = z.infer<typeof licenceTerms>;
