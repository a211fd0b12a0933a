import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { root } from "./source-files.ts";

/** A fenced block of a Markdown file. */
export interface CodeBlock {
  /** Path of the file from the root. */
  file: string;
  /** Line of the opening fence, from 1. */
  line: number;
  /** What follows the opening fence. */
  language: string;
  code: string;
}

const SKIPPED = /(^|\/)(node_modules|dist|documents|fixtures|templates|\.sluice|\.git)(\/|$)/;

/** All Markdown files of the project, documents that pipelines read left out: path from the root → text. */
export function markdownFiles(): Map<string, string> {
  const files = new Map<string, string>();
  const visit = (folder: string) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = relative(root, join(folder, entry.name)).replaceAll("\\", "/");
      if (SKIPPED.test(path)) continue;
      if (entry.isDirectory()) visit(join(root, path));
      else if (path.endsWith(".md")) files.set(path, readFileSync(join(root, path), "utf8"));
    }
  };
  visit(root);
  return files;
}

/** The fenced blocks of a file, in order. */
export function codeBlocks(file: string, text: string): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
    file,
    line: text.slice(0, match.index).split("\n").length,
    language: match[1] ?? "",
    code: match[2] ?? "",
  }));
}
