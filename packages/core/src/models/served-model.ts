import type { Candidate } from "./router.ts";

/** What a model's name looks like; anything else in its place says nothing. */
const NAME = /^[\w.~-]+\/[\w.~-]+(:[\w-]+)?$/;

const withoutVariant = (name: string) => name.replace(/:[^:]*$/, "");
const withoutDate = (name: string) => name.replace(/-\d{8}$/, "");

/**
 * The model that gave an answer: the one that was asked, also where the reply names it by its dated slug or without its
 * variant; else the name in the reply. A router names the model that it chose, and a provider may have put another one in.
 */
export function servedModel({ id, slug }: Pick<Candidate, "id" | "slug">, named: string | undefined): string {
  if (named === undefined || named.length > 128 || !NAME.test(named)) return id;
  const name = withoutVariant(named);
  const isAsked = name === slug || withoutDate(name) === withoutVariant(id);
  return isAsked ? id : named;
}
