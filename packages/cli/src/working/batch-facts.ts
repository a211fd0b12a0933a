import { type AnyPipeline, accountOf, agreementOf, PackBook, stepFingerprint, walkSteps } from "@sluice/core";
import type { Backend, BatchRecord } from "@sluice/worker";
import { chooseAccess } from "../account/access.ts";
import { SIMULATOR } from "../account/account.ts";
import type { Settings } from "../config/settings.ts";

/** What the requests of a step with several items have taught on one model. */
export interface PackTrust {
  step: string;
  model: string;
  /** Items that the next request may take. */
  size: number;
  /** The share of packed answers that agreed with a known or a second one, from 0 to 1; null before enough were compared. */
  agreement: number | null;
}

/** The requests that the batch's own runs have sent so far. Runs that joined it were paid for by another one. */
export async function spentRequests({ runs }: Pick<Backend, "runs">, { id }: BatchRecord): Promise<number> {
  let spent = 0;
  for await (const run of runs.list({ batchId: id })) spent += run.batchId === id ? run.requests : 0;
  return spent;
}

/** What was learnt of a pipeline's packed steps on the account that the settings name; nothing without an account. */
export async function packTrust(
  backend: Pick<Backend, "cell">,
  pipeline: AnyPipeline | undefined,
  settings: Settings,
): Promise<PackTrust[]> {
  const account = accountNamed(settings);
  if (!pipeline || account === undefined) return [];
  const book = new PackBook(backend.cell(`packs:${account}`));
  const trust: PackTrust[] = [];
  for (const { path, step } of walkSteps(pipeline)) {
    if (step.kind !== "llm" || step.pack === null) continue;
    for (const learnt of await book.ofStep(stepFingerprint(step))) {
      trust.push({ step: path, model: learnt.model, size: learnt.size, agreement: agreementOf(learnt) });
    }
  }
  return trust;
}

function accountNamed(settings: Settings): string | undefined {
  try {
    const access = chooseAccess(settings);
    return accountOf(access.kind === "server" ? access.apiKey : SIMULATOR);
  } catch {
    return undefined;
  }
}
