/** Phrases that address whoever reads a prompt, not whoever reads a document; and marks of our own form. */
const SIGNS: readonly RegExp[] = [
  /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|preceding|other|all|any|your|the)\b.{0,40}\b(?:instruction|prompt|rule|item|message|direction|context)s?\b/is,
  /\b(?:system|developer)\s+(?:prompt|message|instruction)s?\b/i,
  /\byou are (?:now|no longer)\b|\bact as (?:an?|the)\b.{0,30}\b(?:assistant|model|ai|bot)\b/i,
  /\bnew instructions?\s*:|\binstructions? for (?:the )?(?:ai|assistant|model|llm)\b/i,
  /\b(?:for|in) (?:all|each|every|the other)(?: of the)?(?: other)? items?\b/i,
  /<\|?(?:im_start|im_end|system|assistant|endoftext)\|?>|\[\/?INST\]/i,
  /^\s*(?:<<<|>>>)\s*item\b/im,
  /"items"\s*:\s*\[/,
];

/** True for a text that speaks to the model: it is asked alone, where it can spoil no other answer. */
export function isInstructionLike(text: string): boolean {
  return SIGNS.some((sign) => sign.test(text));
}
