import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** One import as it stands in a source file. */
export interface Import {
  /** Path of the importing file from the root, with forward slashes. */
  from: string;
  /** What is imported: a path from the root for files of ours, else a package name. */
  to: string;
  /** Erased at run time. */
  typeOnly: boolean;
}

const STATIC = /^\s*(?:import|export)\s+(type\s)?(?:[\w*{}\s,$]+?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /\bimport\(\s*"([^"]+)"\s*\)/g;

/** Source files of the packages, tests and fixtures left out: path from the root → text. */
export function sourceFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(join(root, "packages"))) {
    for (const entry of readdirSync(join(root, "packages", name, "src"), {
      recursive: true,
      withFileTypes: true,
    })) {
      const path = relative(root, join(entry.parentPath, entry.name)).replaceAll("\\", "/");
      if (entry.isFile() && /\.ts$/.test(path) && !/\.(test|test-d|fixture)\.ts$/.test(path)) {
        files.set(path, readFileSync(join(root, path), "utf8"));
      }
    }
  }
  return files;
}

/** Every import of a file. */
export function importsOf(from: string, text: string): Import[] {
  const resolve = (to: string) =>
    to.startsWith(".") ? join(dirname(from), to).replaceAll("\\", "/") : packageOf(to);
  const statics = [...text.matchAll(STATIC)].map(([, type, to = ""]) => ({
    from,
    to: resolve(to),
    typeOnly: type !== undefined,
  }));
  const dynamics = [...text.matchAll(DYNAMIC)].map(([, to = ""]) => ({
    from,
    to: resolve(to),
    typeOnly: false,
  }));
  return [...statics, ...dynamics];
}

function packageOf(specifier: string): string {
  const parts = specifier.split("/");
  return specifier.startsWith("@") ? parts.slice(0, 2).join("/") : (parts[0] ?? specifier);
}
