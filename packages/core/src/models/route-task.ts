import type { Task } from "./profiles.ts";

/** Texts longer than this want a model of the largest kind, in characters. */
const LONG_CHARS = 5_000;

/** A text is Chinese, Japanese or Korean when this share of its letters is. */
const CJK_SHARE = 0.3;

/** A text is code when this share of its lines looks like it. */
const CODE_SHARE = 0.3;

/** Only this much of a text is looked at. */
const LOOKED_AT_CHARS = 20_000;

const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;
const LETTER = /\p{L}/gu;
const CODE_LINE =
  /[{};]\s*$|^\s*(import|export|from|const|let|var|def|class|function|func|fn|public|private|return|if\s*\(|for\s*\(|while\s*\(|#include|package|using|@\w+|<\/?\w+[^>]*>|\/\/|\/\*|\*\s)/;

/**
 * Chooses a task for a text by what it looks like: code, Chinese and its neighbours, long, or none of these.
 *
 * It costs no request, and the same text always gives the same task.
 */
export function routeTask(text: string): Task {
  const head = text.slice(0, LOOKED_AT_CHARS);
  if (codeShare(head) >= CODE_SHARE) return "code";
  if (cjkShare(head) >= CJK_SHARE) return "chinese";
  return text.length > LONG_CHARS ? "complex" : "general";
}

function cjkShare(text: string): number {
  const letters = text.match(LETTER)?.length ?? 0;
  return letters === 0 ? 0 : (text.match(CJK)?.length ?? 0) / letters;
}

function codeShare(text: string): number {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  // One line that ends in a brace is not yet a program.
  if (lines.length < 3) return 0;
  return lines.filter((line) => CODE_LINE.test(line)).length / lines.length;
}
