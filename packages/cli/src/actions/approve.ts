import { type AnyPipeline, decisionSchema, parseJson, SluiceError } from "@sluice/core";
import { approve as approveRun, type Backend, type RunRecord } from "@sluice/worker";
import { loadProject, registryOf } from "../config/project.ts";
import { type ExitCode, exitCodes } from "../exit-codes.ts";
import { type Io, print, printJson, programName, tell } from "../io.ts";
import { exampleOf, type Question, renderQuestion } from "../render/decision.ts";
import { printable } from "../render/printable.ts";
import { findRun } from "../working/find-run.ts";
import { openStore } from "../working/open-store.ts";

/** What `sluice approve` is given. */
export interface ApproveValues {
  run: string;
  config?: string | undefined;
  json?: boolean | undefined;
  step?: string | undefined;
  decision?: string | undefined;
}

/** `sluice approve`: shows the question, or gives the decision. */
export async function approve(values: ApproveValues, io: Io): Promise<ExitCode> {
  const decision = values.decision === undefined ? undefined : readDecision(values.decision);
  const project = await loadProject(values, io);
  const registry = registryOf(project, io.cwd);
  await using store = await openStore(project.settings);
  const run = await findRun(store.backend, values.run);
  const pipeline = registry.find(run.pipeline, run.version);
  // Awaited here: the store is closed when this function is left.
  if (decision === undefined) return await showQuestion(run, pipeline, { values, io });
  return await decideRun(store.backend, { run, pipeline, decision: decision.value }, { values, io });
}

/** @throws SluiceError OPTION_INVALID */
function readDecision(text: string): { value: unknown } {
  try {
    return { value: parseJson(text) };
  } catch (cause) {
    throw new SluiceError("OPTION_INVALID", {
      message: `--decision must be JSON, quoted for the shell: --decision '{"ok":true}'.`,
      facts: { option: "--decision" },
      cause,
    });
  }
}

interface Call {
  values: ApproveValues;
  io: Io;
}

async function showQuestion(run: RunRecord, pipeline: AnyPipeline, call: Call): Promise<ExitCode> {
  const { values, io } = call;
  const asked = questionOf(run, values.step);
  const schema = decisionSchema(pipeline, asked.step);
  if (values.json) {
    const until = asked.until === null ? null : new Date(asked.until).toISOString();
    await printJson(io, { run: run.id, ...asked, until, decision: schema });
    return exitCodes.done;
  }
  await print(io, renderQuestion(asked, schema));
  const step = values.step === undefined ? "" : ` --step ${values.step}`;
  const example = JSON.stringify(exampleOf(schema));
  tell(io, `\nAnswer: ${programName(io.env)} approve ${run.id}${step} --decision '${example}'`);
  return exitCodes.done;
}

/** What the run asks, at the step it waits at unless another is named. */
function questionOf({ id, status, waitingFor }: RunRecord, step: string | undefined): Question {
  if (waitingFor && (step === undefined || step === waitingFor.step)) return waitingFor;
  if (step !== undefined) return { step, question: null, until: null };
  throw new SluiceError("OPTION_INVALID", {
    message: `Run ${id} does not wait for a decision, it is ${status}.`,
    facts: { run: id, status },
  });
}

async function decideRun(
  backend: Backend,
  given: { run: RunRecord; pipeline: AnyPipeline; decision: unknown },
  { values, io }: Call,
): Promise<ExitCode> {
  const { id } = given.run;
  const approval = await approveRun(backend, { ...given, run: id, step: values.step });
  const { step, decision, isThis } = approval;
  if (values.json) await printJson(io, { run: id, step, decision, isThis });
  else await print(io, `${printable(step)} of run ${id}: ${printable(JSON.stringify(decision))}`);
  const next = `The run goes on with the next worker: ${programName(io.env)} worker --drain`;
  tell(io, isThis ? next : "Another decision was recorded before; it counts, and this one does not.");
  return isThis ? exitCodes.done : exitCodes.error;
}
