import { emptyError } from "../document-errors.ts";
import { decodeText } from "../encoding.ts";
import type { Loader } from "../loader.ts";

/** Reads plain text: also source code, CSV, JSON, logs and every other file that decodes as text. */
export const textLoader: Loader = {
  mediaType: "text/plain",
  extensions: [".txt", ".text", ".log", ".csv", ".tsv", ".json", ".jsonl", ".xml", ".yaml", ".yml", ".rst"],
  async load(source) {
    const { text, encoding } = await decodeText(source);
    if (text.trim() === "") throw emptyError(source.name, "the file is empty or all white space");
    return { text, metadata: { encoding } };
  },
};
