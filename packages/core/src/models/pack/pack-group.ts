import { hashValue } from "../../shared/hash.ts";
import { languageOf } from "../../shared/language.ts";
import { estimateTokens } from "../../shared/token-estimate.ts";
import { textOf } from "../chat.ts";
import type { ModelRequest } from "../model-request.ts";
import { isInstructionLike } from "./instruction-like.ts";
import type { PackTerms } from "./pack.ts";
import { boundsOf, type PackBounds, type PackNeeds, sizeClassOf } from "./pack-size.ts";

/** A question that can be asked together with those of the same key. */
export interface PackMember {
  key: string;
  /** Names what is learnt: the step, and how long its items are. */
  kind: string;
  bounds: PackBounds;
  needs: PackNeeds;
  itemTokens: number;
}

/**
 * Where a question belongs; null for one that is asked alone: it is too long, it speaks to the model, or its author
 * wants it so.
 *
 * One request holds questions of one step about items of one language and about one length, all told alike.
 */
export async function membershipOf<T>(
  request: ModelRequest<T>,
  terms: PackTerms,
): Promise<PackMember | null> {
  const { fingerprint, lead, before, item, after, maxItems } = terms;
  const { task, models = null, temperature, maxOutputTokens, answer } = request;
  const itemTokens = estimateTokens(item);
  const sizeClass = sizeClassOf(itemTokens);
  const isText = answer === undefined;
  const bounds = boundsOf({ sizeClass, isText, task, maxItems });
  if (bounds.cap <= 1 || item.trim() === "" || isInstructionLike(item)) return null;
  const told = { fingerprint, lead, before, after, task, models, temperature, maxOutputTokens };
  return {
    key: hashValue({ ...told, schema: answer?.schema ?? null, sizeClass, language: await languageOf(item) }),
    kind: `${fingerprint.slice(0, 16)}/${sizeClass}`,
    bounds,
    needs: {
      sharedTokens: estimateTokens(sharedText(terms)) + estimateTokens(JSON.stringify(answer?.schema ?? {})),
      reservedTokens: maxOutputTokens,
      isText,
    },
    itemTokens,
  };
}

function sharedText({ lead, before, after, examples }: PackTerms): string {
  const shown = examples.flatMap(({ item, answer }) => [item, answer]);
  return [...lead.map(textOf), before, after, ...shown].join("\n");
}
