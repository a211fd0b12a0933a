import type { Schema } from "../../shared/schema.ts";
import { ofView, type Step, stepOf } from "../step.ts";

/** Options of {@link approve}. */
export interface ApproveOptions<View, Decision> {
  /** What a person decides. */
  decision: Schema<Decision>;
  /** What the person is asked, in a sentence or two. */
  question: (view: View) => string;
  /** How long to wait, in milliseconds; to be given together with `onTimeout`. Default: for ever. */
  timeoutMs?: number | undefined;
  /** The decision when nobody has decided in time. */
  onTimeout?: ((view: View) => NoInfer<Decision>) | undefined;
}

/**
 * A step that waits for a person's decision, for hours or days, without holding anything: the run rests in the state
 * `waiting`, survives restarts, and goes on when somebody decides.
 *
 * ```ts
 * .step("release", approve({
 *   decision: z.object({ ok: z.boolean(), note: z.string().default("") }),
 *   question: ({ steps }) => `Pay ${steps.extract.total} to ${steps.extract.vendor}?`,
 *   timeoutMs: 3 * 86_400_000, onTimeout: () => ({ ok: false, note: "nobody answered" }),
 * }))
 * ```
 */
export function approve<View, Decision>(options: ApproveOptions<View, Decision>): Step<View, Decision> {
  const { decision, question, timeoutMs = null, onTimeout } = options;
  return stepOf({
    kind: "approve",
    decision,
    question: ofView(question),
    timeoutMs,
    onTimeout: onTimeout ? ofView(onTimeout) : null,
  });
}
