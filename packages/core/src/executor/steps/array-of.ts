import { SluiceError } from "../../errors/sluice-error.ts";

/**
 * What `over` gave, as an array.
 *
 * @throws SluiceError STEP_FAILED when it is none: the compiler was not asked, or was told otherwise.
 */
export function arrayOf(value: unknown, path: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new SluiceError("STEP_FAILED", {
    message: `\`over\` of step "${path}" must give an array, got ${value === null ? "null" : typeof value}.`,
    facts: { step: path },
  });
}
