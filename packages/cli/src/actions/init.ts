import { cp, mkdir, readdir } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { SluiceError } from "@sluice/core";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, programName, tell } from "../io.ts";
import { packageFile } from "../package-files.ts";
import { printable } from "../render/printable.ts";

/** Templates and the names they get: a dotfile would be lost when the package is packed. */
const FILES: ReadonlyArray<readonly [template: string, name: string]> = [
  ["sluice.config.ts", "sluice.config.ts"],
  ["pipeline.ts", "pipeline.ts"],
  ["env.example", ".env.example"],
  ["gitignore", ".gitignore"],
  ["documents", "documents"],
];

/** `sluice init`: the project runs at once, with nothing installed and no key. */
export async function init({ folder }: { folder: string }, io: Io): Promise<ExitCode> {
  const target = resolve(io.cwd, folder);
  await requireEmpty(target);
  await mkdir(target, { recursive: true });
  for (const [template, name] of FILES) {
    await cp(packageFile(join("templates", template)), join(target, name), { recursive: true });
  }
  const program = programName(io.env);
  const step = relative(io.cwd, target);
  tell(io, `A project is in ${printable(target)}.`);
  tell(io, "Next:");
  if (step !== "") tell(io, `  cd ${printable(step)}`);
  tell(io, `  ${program} run letters documents    # without a key the offline simulator answers`);
  tell(io, "  cp .env.example .env            # and put your free OpenRouter key in it");
  return exitCodes.done;
}

async function requireEmpty(target: string): Promise<void> {
  const entries = await readdir(target).catch((error: unknown) => {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw refused(target, "is not a folder that can be read", error);
  });
  if (entries.length > 0) throw refused(target, "is not empty");
}

function refused(target: string, problem: string, cause?: unknown): SluiceError {
  return new SluiceError("OPTION_INVALID", {
    message: `${target} ${problem}; name a new or empty folder, nothing was written.`,
    facts: { folder: target },
    cause,
  });
}
