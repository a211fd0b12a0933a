import type { z } from "zod";
import type { CodeStep } from "../step.ts";

/** Options of {@link code}. */
export interface CodeOptions<View, Output> {
  /** What the function gives; checked at run time. The output is stored as JSON. */
  output: z.ZodType<Output>;
  /**
   * The work. Gets `{ input, steps, run, signal }`; may be async and may throw, which fails the run with the error as
   * cause. It may run again after a crash, so what it does outside should bear repeating.
   */
  run: (
    view: View & { run: { readonly id: string }; signal: AbortSignal },
  ) => NoInfer<Output> | Promise<NoInfer<Output>>;
}

/**
 * A step that runs a function.
 *
 * ```ts
 * .step("check", code({ output: z.object({ ok: z.boolean() }), run: ({ steps }) => ({ ok: steps.extract.total > 0 }) }))
 * ```
 */
export function code<View, Output>(options: CodeOptions<View, Output>): CodeStep<View, Output> {
  return { kind: "code", output: options.output, run: options.run };
}
