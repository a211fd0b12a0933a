import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** Path of a file of this package; `src` and `dist` lie equally deep in it. */
export function packageFile(path: string): string {
  return fileURLToPath(new URL(`../${path}`, import.meta.url));
}

/** This package's version. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(packageFile("package.json"), "utf8"));
  const version = typeof manifest === "object" && manifest !== null && "version" in manifest;
  return version ? String(manifest.version) : "unknown";
}
