import { ofView, type Step, stepOf } from "../step.ts";

/** How long to wait: so many milliseconds, or until a time (epoch milliseconds, a Date, or an ISO 8601 text). */
export type SleepOptions<View> =
  | { forMs: number; until?: undefined }
  | { until: (view: View) => number | Date | string; forMs?: undefined };

/**
 * A step that waits. The time is set when the step is first reached and recorded, so that a restart does not begin the
 * wait anew; a long wait parks the run. It gives the time it waited for, as ISO 8601 text.
 *
 * ```ts
 * .step("later", sleep({ until: ({ input }) => input.publishAt }))
 * ```
 */
export function sleep<View>(options: SleepOptions<View>): Step<View, string> {
  const { forMs = null, until } = options;
  return stepOf({ kind: "sleep", forMs, until: until ? ofView(until) : null });
}
