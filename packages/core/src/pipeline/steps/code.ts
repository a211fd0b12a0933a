import type { Schema } from "../../shared/schema.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** What a code step's function gets beside the view. */
export interface CodeContext {
  readonly run: { readonly id: string };
  /** The document that the run works on, when there is one. */
  readonly document?: { readonly id: string | null; readonly name: string } | undefined;
  /** Aborts when the run is cancelled, the worker stops, or the step's time is over. */
  readonly signal: AbortSignal;
  /** Says something in the run's log: a short text, and facts. Not for document text. */
  readonly log: (message: string, facts?: Readonly<Record<string, string | number | boolean>>) => void;
}

/** Options of {@link code}. */
export interface CodeOptions<View, Output> {
  /** What the function gives; checked at run time. The output is stored as JSON. */
  output: Schema<Output>;
  /**
   * The work. Gets `{ input, steps, run, document, signal, log }`; may be async and may throw, which fails the run with
   * the error as cause. It may run again after a crash, so what it does outside should bear repeating.
   */
  run: (view: View & CodeContext) => NoInfer<Output> | Promise<NoInfer<Output>>;
  /** Longest time of one try, in milliseconds. Default: none beside the run's own. */
  timeoutMs?: number | undefined;
  /** How often a throwing function is called, and how long to wait between (doubled each time). Default once. */
  retry?: { maxAttempts: number; delayMs?: number | undefined } | undefined;
}

/**
 * A step that runs a function.
 *
 * ```ts
 * .step("check", code({ output: z.object({ ok: z.boolean() }), run: ({ steps }) => ({ ok: steps.extract.total > 0 }) }))
 * ```
 */
export function code<View, Output>(options: CodeOptions<View, Output>): Step<View, Output> {
  const { output, run, timeoutMs = null, retry } = options;
  return stepOf({
    kind: "code",
    output,
    run: ofView(run),
    timeoutMs,
    retry: { maxAttempts: retry?.maxAttempts ?? 1, delayMs: retry?.delayMs ?? 1_000 },
  });
}
