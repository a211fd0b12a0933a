import type { SimulatedRuntime } from "../../executor/simulated-runtime.fixture.ts";
import { isRecord } from "../../shared/json.ts";

/** What the user messages of all chat completions said, in order of arrival. */
export function sentPrompts({ simulator }: SimulatedRuntime): string[] {
  return simulator.journal.flatMap(({ body }) => {
    const messages: unknown[] = isRecord(body) && Array.isArray(body["messages"]) ? body["messages"] : [];
    return messages.flatMap((message) => (isRecord(message) ? [String(message["content"])] : []));
  });
}
