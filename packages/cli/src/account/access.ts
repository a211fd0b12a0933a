import { SluiceError } from "@sluice/core";
import type { Settings } from "../config/settings.ts";

/** Who answers: a server, or the simulator in this process. */
export type Access =
  | { kind: "server"; apiKey: string; baseUrl: string }
  | { kind: "simulator"; because: string };

/**
 * Decides who answers.
 *
 * A server on this machine needs no key: it is a simulator, or a proxy that has its own.
 *
 * @throws SluiceError KEY_MISSING when a server is asked for and no key is set.
 */
export function chooseAccess({ apiKey, baseUrl, simulate }: Settings): Access {
  if (simulate.value === "always") return { kind: "simulator", because: reasonOf(simulate.source) };
  const key = apiKey.value ?? (isLoopback(baseUrl.value) ? "local" : undefined);
  if (key !== undefined) return { kind: "server", apiKey: key, baseUrl: baseUrl.value };
  if (simulate.value === "without-key") {
    return { kind: "simulator", because: "No OPENROUTER_API_KEY is set" };
  }
  throw new SluiceError("KEY_MISSING", {
    message: [
      `OPENROUTER_API_KEY is not set, and ${baseUrl.value} answers nobody without one.`,
      "- A free key: https://openrouter.ai/settings/keys; then `export OPENROUTER_API_KEY=…`, or a line in .env beside sluice.config.ts.",
      "- Without a key: add --simulate, and the offline simulator answers.",
      "- Just looking: `sluice demo`.",
    ].join("\n"),
    facts: { baseUrl: baseUrl.value },
  });
}

/** The line that says who answers when it is not a model. */
export function simulationNotice(because: string): string {
  return `${because}: the answers come from the offline simulator and no model is called.`;
}

function reasonOf(source: Settings["simulate"]["source"]): string {
  return source === "flag" ? "--simulate was given" : 'The configuration says simulate: "always"';
}

function isLoopback(baseUrl: string): boolean {
  return URL.canParse(baseUrl) && ["127.0.0.1", "localhost", "[::1]"].includes(new URL(baseUrl).hostname);
}
