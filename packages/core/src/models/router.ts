import { type Catalogue, type CatalogueModel, contextOf, outputLimitOf, supports } from "./catalogue.ts";
import { FREE_ROUTER, freeModels } from "./free-only.ts";
import { type HealthState, healthOf, type ModelHealth } from "./health.ts";
import { profiles, type Task } from "./profiles.ts";

/** What a request needs of a model. */
export interface Needs {
  task: Task;
  /** Estimated tokens of all messages. */
  promptTokens: number;
  /** Tokens reserved for the answer. */
  outputTokens: number;
  /** The answer has a schema: models that honour one are preferred. */
  schema: boolean;
  /** A message holds an image. */
  images: boolean;
  /** Tools are offered, or the conversation holds calls of tools. */
  tools: boolean;
  /** Whether to call a tool is not left to the model. */
  toolChoice: boolean;
  /** Only these ids, in this order, when given. */
  models?: readonly string[] | undefined;
  /** Ids that the user prefers for this task, before the profile's own. */
  prefer?: readonly string[] | undefined;
}

/** A model the router allows for a request. */
export interface Candidate {
  id: string;
  /** The dated name by which replies may call it, where the catalogue tells. */
  slug?: string | undefined;
  /** Send the schema as `response_format`; otherwise it stands in the prompt, as it does beside tools. */
  schemaOnWire: boolean;
  /** Tokens of prompt and answer together. */
  contextTokens: number;
  /** The longest answer it gives, in tokens. */
  outputLimit: number;
}

/** Where a question is asked. */
export interface Route {
  /** In order; the first is asked first. */
  candidates: readonly Candidate[];
  /** When the catalogue behind them was read, epoch milliseconds. */
  catalogueReadAt: number;
}

/**
 * The ordered candidates for a request: a pure choice over the catalogue. No request is spent to choose.
 *
 * Context must fit, and tools must be supported where they are used; a content-safety classifier is never a candidate; models that honour a schema come first where
 * there is one; the free router comes last, because nobody knows which model it will ask.
 */
export function routeCandidates(
  needs: Needs,
  { catalogue, health, now }: { catalogue: Catalogue; health: HealthState; now: number },
): Route {
  const fitting = freeModels(catalogue, now).filter((model) => fits(model, needs));
  const score = (model: CatalogueModel) =>
    rank(model, needs) - RANK_STEP * unreliability(healthOf(health, model.id));
  const ordered = needs.models
    ? needs.models.flatMap((id) => fitting.filter((model) => model.id === id))
    : fitting.filter((model) => !isClassifier(model)).sort((a, b) => score(b) - score(a) || compareIds(a, b));
  const candidates = ordered.map((model) => ({
    id: model.id,
    slug: model.canonical_slug ?? undefined,
    // Servers that force the schema on every token would keep the model from calling a tool.
    schemaOnWire: needs.schema && !needs.tools && honoursSchema(model),
    contextTokens: contextOf(model),
    outputLimit: outputLimitOf(model),
  }));
  return { candidates, catalogueReadAt: catalogue.fetchedAt };
}

function fits(model: CatalogueModel, needs: Needs): boolean {
  if (needs.images && !model.architecture?.input_modalities?.includes("image")) return false;
  if (needs.tools && !supports(model, "tools")) return false;
  if (needs.toolChoice && !supports(model, "tool_choice")) return false;
  const contextTokens = contextOf(model);
  return (
    contextTokens >= needs.promptTokens + needs.outputTokens && outputLimitOf(model) >= needs.outputTokens
  );
}

const RANK_STEP = 1_000_000;

const MODERATED = 10_000;

function rank(model: CatalogueModel, needs: Needs): number {
  const profile = profiles[needs.task];
  const preferred = [...(needs.prefer ?? []), ...profile.prefer].indexOf(model.id);
  if (preferred >= 0) return 3 * RANK_STEP - preferred;
  if (model.id === FREE_ROUTER) return -RANK_STEP;
  // A moderated model may refuse a prompt for its words: it comes after those that read anything.
  const moderated = model.top_provider?.is_moderated ? MODERATED : 0;
  return profile.score(model) - moderated + (needs.schema && honoursSchema(model) ? RANK_STEP : 0);
}

/** Models that mostly fail come after those that mostly answer; two such steps outweigh any preference. */
function unreliability({ successRate }: ModelHealth): number {
  if (successRate >= 0.6) return 0;
  return successRate >= 0.3 ? 2 : 4;
}

function honoursSchema(model: CatalogueModel): boolean {
  return supports(model, "structured_outputs") && supports(model, "response_format");
}

function isClassifier(model: CatalogueModel): boolean {
  return /safety|guard|moderation|embed|rerank/i.test(model.id);
}

function compareIds(a: CatalogueModel, b: CatalogueModel): number {
  return a.id < b.id ? -1 : 1;
}
