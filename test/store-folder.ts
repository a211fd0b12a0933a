import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** A folder of this test run alone, for the empty store that its tests copy. */
    storeFolder: string;
  }
}

/** Gives all tests of a run one folder, and removes it after them. */
export default function setup({ provide }: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), "sluice-stores-"));
  provide("storeFolder", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
