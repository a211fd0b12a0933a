import { hashValue } from "../shared/hash.ts";
import { isRecord } from "../shared/json.ts";
import { jsonSchemaOf, type Schema } from "../shared/schema.ts";
import type { PipelineBody, StepDefinition } from "./step.ts";

/**
 * The hash of what shapes a pipeline's results: schemas as JSON schema, functions by their source. Its description, its
 * limits and its weight may change while runs are under way.
 */
export function pipelineFingerprint({ name, version, input, steps, makeOutput }: PipelineBody): string {
  return hashValue(describe({ name, version, input, steps, makeOutput }, 0));
}

/** The hash of one step, with everything inside it. */
export function stepFingerprint(step: StepDefinition): string {
  return hashValue(describe(step, 0));
}

/** Deeper than any definition that a person writes; an object that holds itself ends here. */
const MAX_DEPTH = 64;

function describe(value: unknown, depth: number): unknown {
  if (typeof value === "function") return isSchema(value) ? jsonSchemaOf(value, "input") : value.toString();
  if (Array.isArray(value)) return value.map((inner: unknown) => describe(inner, depth + 1));
  if (!isRecord(value) || depth > MAX_DEPTH) return value;
  if (isSchema(value)) return jsonSchemaOf(value, "input");
  return Object.fromEntries(
    Object.entries(value).flatMap(([field, inner]) =>
      field === "fingerprint" ? [] : [[field, describe(inner, depth + 1)]],
    ),
  );
}

/** Some libraries make their schemas functions. */
function isSchema(value: object): value is Schema<unknown> {
  return "~standard" in value;
}
