import { loadDocument, SluiceError } from "@sluice/core";
import type { Io } from "../io.ts";
import { readStdin } from "./read-stdin.ts";

/**
 * The question that was typed, with the material from standard input below it when something is piped in; `-` takes
 * the whole question from there. Material may be any document that can be loaded, PDF included.
 *
 * @throws SluiceError OPTION_INVALID for an empty question; DOCUMENT_TOO_LARGE and others of loading.
 */
export async function readQuestion(
  typed: string,
  io: Pick<Io, "stdin" | "stderr" | "signal">,
): Promise<string> {
  const isWhole = typed === "-";
  const material = isWhole || !io.stdin.isTTY ? await readMaterial(io) : "";
  const question = (isWhole ? [material] : [typed.trim(), material])
    .filter((part) => part !== "")
    .join("\n\n");
  if (question !== "") return question;
  throw new SluiceError("OPTION_INVALID", {
    message: 'The question is empty; give it as in: sluice ask "What is a sluice?"',
  });
}

async function readMaterial(io: Pick<Io, "stdin" | "stderr" | "signal">): Promise<string> {
  const bytes = await readStdin(io);
  if (Buffer.from(bytes).toString("latin1").trim() === "") return "";
  const { text } = await loadDocument({ name: "-", bytes });
  return text.trim();
}
