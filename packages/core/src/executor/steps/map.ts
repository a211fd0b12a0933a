import { type ErrorRecord, SluiceError, toErrorRecord } from "../../errors/sluice-error.ts";
import type { MapDefinition } from "../../pipeline/step.ts";
import { callAuthor, validOutput } from "../author-code.ts";
import { isRest } from "../rest.ts";
import type { StepAt } from "../run-context.ts";
import { sideBySide } from "../side-by-side.ts";
import { arrayOf } from "./array-of.ts";

/** Runs the block of a map step for each item. */
export async function runMap(step: MapDefinition, at: StepAt): Promise<unknown> {
  const items = await itemsOf(step, at);
  const one = step.onItemError === "collect" ? collectItem : runItem;
  return sideBySide({ count: items.length, concurrency: step.concurrency }, (index) =>
    one(step, { ...at, path: `${at.path}/${index}` }, { item: items[index], index, count: items.length }),
  );
}

async function itemsOf({ over, item: schema }: MapDefinition, at: StepAt): Promise<readonly unknown[]> {
  const { path, view } = at;
  const items = arrayOf(await callAuthor(`\`over\` of step "${path}"`, path, () => over(view)), path);
  if (!schema) return items;
  const checked = items.map((value, index) =>
    validOutput(`Item ${index} of step "${path}"`, path, { schema, value }),
  );
  return Promise.all(checked);
}

type Place = { item: unknown; index: number; count: number };

async function runItem({ each }: MapDefinition, at: StepAt, place: Place): Promise<unknown> {
  const { path, view, run } = at;
  return (await at.runBlock(each, { prefix: `${path}/`, view: { ...view, ...place }, run })).output;
}

async function collectItem(step: MapDefinition, at: StepAt, place: Place): Promise<unknown> {
  const failedAt = `${at.path}#error`;
  const failed = at.run.outputs.recorded(failedAt);
  if (failed) return { ok: false, error: failed.output };
  try {
    return { ok: true, value: await runItem(step, at, place) };
  } catch (error) {
    if (at.run.interrupt.isAborted || !concernsItem(error)) throw error;
    const record: ErrorRecord = toErrorRecord(error);
    return { ok: false, error: await at.run.outputs.record(failedAt, { ...record }) };
  }
}

/** Errors that other items would meet as well, or that a later try may not meet. */
const NOT_THE_ITEMS = new Set([
  "REQUEST_BUDGET",
  "ACCOUNT_HALTED",
  "ACCOUNT_REFUSED",
  "COST_DETECTED",
  "NOT_FREE",
  "INTERNAL",
]);

function concernsItem(error: unknown): boolean {
  if (!SluiceError.is(error) || isRest(error)) return false;
  if (NOT_THE_ITEMS.has(error.code)) return false;
  return error.verdict === "final" || error.code === "ANSWER_INVALID" || error.code === "CHAIN_EXHAUSTED";
}
