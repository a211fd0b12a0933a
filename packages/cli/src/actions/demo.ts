import { spawn } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { SluiceError } from "@sluice/core";
import { openAccount } from "../account/account.ts";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { type Io, print, tell } from "../io.ts";
import { packageFile } from "../package-files.ts";
import { openStore } from "../working/open-store.ts";
import { runBatch } from "../working/run-batch.ts";

const PIPELINE = "licences";

/** `sluice demo`: the example `licences`, in a store of its own. */
export async function demo({ simulate }: { simulate?: boolean | undefined }, io: Io): Promise<ExitCode> {
  const example = await findExample();
  const home = join(io.cwd, ".sluice", "demo");
  const overrides = { home, redisUrl: "", simulate: "without-key" } as const;
  const project = await loadProject({ config: join(example, "sluice.config.ts"), simulate, overrides }, io);
  const registry = registryOf(project, io.cwd);
  const results = join(home, "results.jsonl");
  await mkdir(home, { recursive: true });

  const code = await (async () => {
    await using store = await openStore(project.settings);
    await using account = await openAccount(project.settings, io, store.backend);
    const outcome = await runBatch({
      backend: store.backend,
      router: account.router,
      registry,
      pipeline: registry.find(PIPELINE),
      inputs: await expandPaths([relative(io.cwd, join(example, "documents")) || "."], io.cwd),
      concurrency: project.settings.concurrency.value,
      output: { json: false, target: { path: results } },
      io,
    });
    return outcome.code;
  })();
  if (code === exitCodes.done || code === exitCodes.someFailed) await printScore(example, results, io);
  return code;
}

async function findExample(): Promise<string> {
  const folder = packageFile(join("..", "..", "examples", PIPELINE));
  const isThere = await access(join(folder, "sluice.config.ts")).then(
    () => true,
    () => false,
  );
  if (isThere) return folder;
  throw new SluiceError("DOCUMENT_NOT_FOUND", {
    message: `The demo needs the repository's ${folder}, which is not there. Start a project of your own instead: \`sluice init my-project\`.`,
    facts: { folder },
  });
}

/** Runs the example's own script, as anybody would. */
async function printScore(example: string, results: string, io: Io): Promise<void> {
  const script = join(example, "score.mjs");
  tell(io, `\n$ node ${relative(io.cwd, script)} ${relative(io.cwd, results)}`);
  const child = spawn(process.execPath, [script, results], { stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  if (status === 0) await print(io, text.trimEnd());
  else tell(io, `The score could not be computed:\n${text.trimEnd()}`);
  tell(io, "\nNext: sluice init my-project");
}
