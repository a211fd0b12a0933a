import { isFinished } from "@sluice/core";
import { type Backend, type ExportedLine, markExported, results } from "@sluice/worker";
import { loadProject } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, printJson, programName, tell } from "../io.ts";
import { checkResultPath, ResultFile } from "../output/result-file.ts";
import { plural } from "../render/events.ts";
import { findBatch } from "../working/find-batch.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice export` is given. */
export interface ExportValues {
  batch: string;
  config?: string | undefined;
  out?: string | undefined;
  force?: boolean | undefined;
}

/**
 * `sluice export`: every run of a batch, finished or not, in the order of the documents. The lines count as exported when
 * all of them are where they belong, and not before.
 */
export async function exportBatch(values: ExportValues, io: Io): Promise<ExitCode> {
  const { settings } = await loadProject(values, io);
  const { out, force = false } = values;
  const target = out === undefined ? undefined : await checkResultPath(out, { cwd: io.cwd, force });
  await using store = await openStore(settings);
  const batch = await findBatch(store.backend, values.batch);
  await using file = target ? await ResultFile.begin(target) : undefined;
  const write = (line: unknown) => (file ? file.write(line) : printJson(io, line));
  const { lines, unfinished } = await writeAll(store.backend, batch.id, write);
  await file?.finish();
  await markExported(store.backend, lines);
  if (target) tell(io, `${plural(lines.length, "result")} of batch ${batch.id}: ${target.path}`);
  if (unfinished > 0)
    tell(io, `${plural(unfinished, "run")} not finished yet: \`${programName(io.env)} worker --drain\``);
  return exitCodes.done;
}

async function writeAll(backend: Backend, batchId: string, write: (line: unknown) => Promise<void>) {
  const lines: ExportedLine[] = [];
  let unfinished = 0;
  for await (const line of results(backend, { batchId })) {
    await write(line);
    const { run, status, finishedAt } = line;
    lines.push({ run, status, finishedAt });
    if (!isFinished(status)) unfinished += 1;
  }
  return { lines, unfinished };
}
