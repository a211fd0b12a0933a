import { SECOND_MS } from "@sluice/core";
import { renderError } from "../render/error.ts";

/** How often the same trouble is told. */
const AGAIN_MS = 30 * SECOND_MS;

/** Tells of trouble that lasts and is met again and again: once, and again now and then. */
export function createTroubleNotice(say: (line: string) => void): (error: unknown) => void {
  let told = "";
  let tellAgainAt = 0;
  return (error) => {
    const { text } = renderError(error);
    if (text === told && Date.now() < tellAgainAt) return;
    told = text;
    tellAgainAt = Date.now() + AGAIN_MS;
    say(text);
  };
}
