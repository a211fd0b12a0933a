import { type CatalogueModel, contextOf, supports } from "./catalogue.ts";

/** What a step is about, for choosing models. */
export const tasks = ["fast", "general", "complex", "reasoning", "chinese", "code", "vision"] as const;

/** What a step is about, for choosing models. */
export type Task = (typeof tasks)[number];

/** How the models of one task are ordered. */
export interface Profile {
  /** Ids preferred in this order wherever the catalogue has them as free. */
  prefer: readonly string[];
  /** Orders all other models by their properties; the larger score comes first. */
  score(model: CatalogueModel): number;
}

const size = (model: CatalogueModel): number => {
  const billions = /(\d+(?:\.\d+)?)b\b/i.exec(model.id)?.[1];
  return billions === undefined ? 30 : Number(billions);
};

const named = (pattern: RegExp) => (model: CatalogueModel) => (pattern.test(model.id) ? 1_000 : 0);
const isChinese = named(/qwen|glm|deepseek|ling|hunyuan|hy3|minimax/i);
const isForCode = named(/code|coder|devstral|laguna/i);
const seesImages = (model: CatalogueModel) =>
  model.architecture?.input_modalities?.includes("image") ? 1_000 : 0;
const reasons = (model: CatalogueModel) => (supports(model, "reasoning") ? 500 : 0);
const context = (model: CatalogueModel) => Math.log2(Math.max(2, contextOf(model)));
/** A model tuned for another trade than documents at large comes after the generalists. */
const specialised = (model: CatalogueModel) =>
  /code|coder|safety|guard|-fin\b|-sante\b|preview/i.test(model.id) ? 200 : 0;

/** The order of models for each task. */
export const profiles: Record<Task, Profile> = {
  fast: {
    prefer: [
      "meta-llama/llama-3.2-3b-instruct:free",
      "google/gemma-3-4b-instruct:free",
      "mistralai/mistral-7b-instruct:free",
    ],
    score: (model) => -size(model) - specialised(model),
  },
  general: {
    prefer: ["meta-llama/llama-3.3-70b-instruct:free"],
    score: (model) => Math.min(size(model), 150) - specialised(model),
  },
  complex: {
    prefer: ["meta-llama/llama-3.1-405b-instruct:free"],
    score: (model) => size(model) + context(model) - specialised(model),
  },
  reasoning: {
    prefer: ["deepseek/deepseek-r1-0528:free"],
    score: (model) => reasons(model) + size(model) - specialised(model),
  },
  chinese: {
    prefer: ["qwen/qwen-3-235b-a22b:free"],
    score: (model) => isChinese(model) + size(model) - specialised(model),
  },
  code: {
    prefer: ["mistralai/devstral-2512:free", "qwen/qwen-3-coder:free"],
    score: (model) => isForCode(model) + size(model),
  },
  vision: { prefer: [], score: (model) => seesImages(model) + size(model) },
};
