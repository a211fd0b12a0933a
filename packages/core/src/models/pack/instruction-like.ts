/** Phrases that address whoever reads a prompt, not whoever reads a document; and marks of our own form. */
const SIGNS: readonly RegExp[] = [
  /(?<!\b(?:not|never|n['’]t) )\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|preceding|other|all|any|your|the)\b.{0,40}\b(?:instruction|prompt|rule|item|message|direction|context)s?\b/is,
  /\b(?:system|developer)\s+(?:prompt|message|instruction)s?\b/i,
  /\b(?:you are (?:now|no longer)|act as (?:an?|the))\b.{0,30}\b(?:assistant|(?:chat)?bot|model|ai|gpt|dan|mode)\b/i,
  /\bnew instructions?\s*:|\binstructions? for (?:the )?(?:ai|assistant|model|llm)\b/i,
  /\b(?:answer|label|classify|respond|output)\b.{0,60}\b(?:all|each|every|the other)\b(?: of the| the)?(?: other)? ?(?:items?|documents?|entr(?:y|ies))\b/is,
  /\b(?:all|each|every|the)\b(?: of the| the)? other (?:items?|documents?|entr(?:y|ies))\b.{0,60}\b(?:answer|label|classify|respond|output)\b/is,
  /<\|?(?:im_start|im_end|system|assistant|endoftext)\|?>|\[\/?INST\]/i,
  /^\s*(?:<<<|>>>)\s*item\b/im,
  /"items"\s*:\s*\[/,
];

/** True for a text that speaks to the model: it is asked alone, where it can spoil no other answer. */
export function isInstructionLike(text: string): boolean {
  return SIGNS.some((sign) => sign.test(text));
}
