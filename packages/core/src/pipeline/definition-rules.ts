import { SluiceError } from "../errors/sluice-error.ts";
import type { Schema } from "../shared/schema.ts";
import { unstorable } from "./unstorable.ts";

/** Where a rule was broken: the pipeline, and the path of the step (empty for the pipeline itself). */
export interface Place {
  pipeline: string;
  path: string;
}

type Range = [low: number, high: number];

/** The rule for names of pipelines and steps. */
export const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

/** @throws SluiceError PIPELINE_INVALID */
export function checkNumber(place: Place, option: string, at: { value: number; range: Range }): void {
  if (!isWithin(at.value, at.range))
    throw badOption(place, option, { rule: `a number ${told(at.range)}`, ...at });
}

/** @throws SluiceError PIPELINE_INVALID */
export function checkInteger(place: Place, option: string, at: { value: number; range: Range }): void {
  if (isWithin(at.value, at.range) && Number.isInteger(at.value)) return;
  throw badOption(place, option, { rule: `a whole number ${told(at.range)}`, ...at });
}

/**
 * Refuses a schema whose values JSON would lose or change.
 *
 * @throws SluiceError PIPELINE_INVALID with the path, and what to use instead.
 */
export function checkStorable(place: Place, option: string, schema: Schema<unknown>): void {
  const found = unstorable(schema);
  if (!found) return;
  const path = [option, ...found.path].join(".");
  throw invalid(
    place,
    `\`${path}\` is a ${found.type}, which cannot be stored as JSON; use z.iso.date() or z.iso.datetime() for dates, arrays for sets, z.record() for maps, z.number() or z.string() for bigints`,
  );
}

/** The error of an option outside its rule. */
export function badOption(
  place: Place,
  option: string,
  { rule, value }: { rule: string; value: unknown },
): SluiceError {
  const told = typeof value === "number" ? String(value) : (JSON.stringify(value) ?? String(value));
  const given = `${told} (${typeof value})`;
  return invalid(place, `expected \`${option}\` to be ${rule}, got ${given}`);
}

/** The error of a definition that breaks a rule. */
export function invalid(place: Place, why: string): SluiceError {
  return new SluiceError("PIPELINE_INVALID", {
    message: `${nameOf(place)}: ${why}.`,
    facts: { pipeline: place.pipeline, step: place.path },
  });
}

/** `Step "both/tags" of pipeline "x"` */
export function nameOf({ pipeline, path }: Place): string {
  return path === "" ? `Pipeline "${pipeline}"` : `Step "${path}" of pipeline "${pipeline}"`;
}

function isWithin(value: number, [low, high]: Range): boolean {
  return value >= low && value <= high;
}

function told([low, high]: Range): string {
  return high === Number.MAX_SAFE_INTEGER ? `from ${low} up` : `from ${low} to ${high}`;
}
