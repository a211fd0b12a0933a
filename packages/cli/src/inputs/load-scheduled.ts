import type { LoadScheduled } from "@sluice/worker";
import type { Io } from "../io.ts";
import { expandPaths } from "./expand-paths.ts";
import { loadItems } from "./load-items.ts";

/** Loads the documents of schedules on this machine; an empty folder is nothing to talk about. */
export function loadScheduled(io: Pick<Io, "stdin" | "stderr">): LoadScheduled {
  return async ({ paths, folder }, { signal }) => {
    const inputs = await expandPaths(paths, folder, { mayBeEmpty: true });
    return { items: loadItems(inputs, { stdin: io.stdin, stderr: io.stderr, signal }), total: inputs.length };
  };
}
