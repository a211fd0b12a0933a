import { spawn } from "node:child_process";
import { access, mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { SluiceError } from "@sluice/core";
import { loadProject, type Project, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { expandPaths } from "../inputs/expand-paths.ts";
import { type Io, print, programName, tell } from "../io.ts";
import type { ResultTarget } from "../output/result-file.ts";
import { packageFile } from "../package-files.ts";
import { type BatchOutcome, runBatch } from "../working/run-batch.ts";
import { openSession } from "../working/session.ts";

const PIPELINE = "licences";

/** `sluice demo`: the example `licences`, in a store of its own. */
export async function demo({ simulate }: { simulate?: boolean | undefined }, io: Io): Promise<ExitCode> {
  const example = await findExample();
  const home = join(io.cwd, ".sluice", "demo");
  const overrides = { home, redisUrl: "", simulate: "without-key" } as const;
  const project = await loadProject({ config: join(example, "sluice.config.ts"), simulate, overrides }, io);
  const target = { path: join(home, "results.jsonl") };
  await mkdir(home, { recursive: true });
  const outcome = await runExample({ example, project, target }, io);
  if (outcome.code !== exitCodes.done && outcome.code !== exitCodes.someFailed) return outcome.code;
  await printScore(example, target.path, io);
  const program = programName(io.env);
  const store = relative(io.cwd, home);
  tell(io, `\nNext: SLUICE_HOME=${store} ${program} show ${outcome.batchId}    # what each run did`);
  tell(io, `      ${program} init my-project    # a project of your own`);
  return outcome.code;
}

async function runExample(
  { example, project, target }: { example: string; project: Project; target: ResultTarget },
  io: Io,
): Promise<BatchOutcome> {
  const registry = registryOf(project, io.cwd);
  await using session = await openSession(project.settings, io);
  return await runBatch({
    session,
    registry,
    pipeline: registry.find(PIPELINE),
    inputs: await expandPaths([relative(io.cwd, join(example, "documents")) || "."], io.cwd),
    concurrency: project.settings.concurrency.value,
    output: { json: false, target },
    io,
  });
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
}
