import { z } from "zod";

/** What kind of text a document is. The options are wider than the example's documents, so that a guess can miss. */
export const classification = z.object({
  language: z
    .enum([
      "Arabic",
      "Dutch",
      "English",
      "French",
      "German",
      "Greek",
      "Hindi",
      "Italian",
      "Japanese",
      "Korean",
      "Persian",
      "Polish",
      "Portuguese",
      "Russian",
      "Simplified Chinese",
      "Spanish",
      "Swahili",
      "Traditional Chinese",
      "Turkish",
      "Ukrainian",
      "other",
    ])
    .describe("The language most of the text is written in"),
  script: z
    .enum(["Arabic", "Cyrillic", "Devanagari", "Greek", "Han", "Hangul", "Japanese", "Latin", "other"])
    .describe("The writing system; Japanese stands for kana with kanji, Han for Chinese characters alone"),
  topic: z
    .enum(["commerce", "health", "human-rights", "science", "software", "sport", "other"])
    .describe("What the text is mainly about"),
});

/** A summary for a reader who does not know the text's language. */
export const summary = z.object({
  summary: z.string().max(300).describe("In English, one to three sentences, at most 300 characters"),
});
