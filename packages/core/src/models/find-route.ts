import { SluiceError } from "../errors/sluice-error.ts";
import type { Clock } from "../shared/clock.ts";
import type { Catalogue } from "./catalogue.ts";
import type { HealthBook } from "./health.ts";
import type { ModelRequest } from "./model-request.ts";
import { needsOf, type PreferredModels } from "./needs.ts";
import { type Needs, type Route, routeCandidates } from "./router.ts";

/** What is known where a route is looked for. */
export interface RouteSources {
  catalogue(): Promise<Catalogue>;
  health: HealthBook;
  clock: Clock;
  /** Models that the user prefers, by task. */
  prefer: PreferredModels;
}

/** Where a request is asked, as things stand now. @throws SluiceError NO_CANDIDATE when no free model fits. */
export async function findRoute<T>(request: ModelRequest<T>, sources: RouteSources): Promise<Route> {
  const needs = needsOf(request, sources.prefer);
  const catalogue = await sources.catalogue();
  const { state: health } = await sources.health.read();
  const found = routeCandidates(needs, { catalogue, health, now: sources.clock.now() });
  if (found.candidates.length > 0) return found;
  throw noCandidate(needs);
}

function noCandidate({ task, promptTokens, outputTokens, images, tools, models }: Needs): SluiceError {
  const extras = `${images ? " with images" : ""}${tools ? " with tools" : ""}`;
  const needed = `task "${task}", about ${promptTokens} tokens of prompt${extras} and ${outputTokens} of answer`;
  const only = models ? `, only ${models.join(", ")}` : "";
  return new SluiceError("NO_CANDIDATE", {
    message: `No free model fits: ${needed}${only}. See \`sluice models\`.`,
    facts: { task, promptTokens, outputTokens },
  });
}
