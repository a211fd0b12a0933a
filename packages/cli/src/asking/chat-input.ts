/** What a line of a chat means. */
export type ChatInput =
  | { kind: "question"; text: string }
  | { kind: "nothing" }
  | { kind: "exit" }
  | { kind: "clear" }
  | { kind: "help" }
  /** Null lets the router choose again. */
  | { kind: "model"; id: string | null }
  | { kind: "unknown"; word: string };

/** The commands of a chat, for people. */
export const CHAT_HELP = [
  "/model ID   ask only this model; /model alone lets the router choose again",
  "/clear      forget what was said",
  "/exit       leave; so does Ctrl-D, and Ctrl-C at the prompt",
  "/help       this list",
  "Ctrl-C ends an answer that is being written. A line that ends in \\ goes on in the next one.",
].join("\n");

/** Understands a line. */
export function parseChatLine(line: string): ChatInput {
  const text = line.trim();
  if (text === "") return { kind: "nothing" };
  if (!text.startsWith("/")) return { kind: "question", text };
  const [word = "", ...rest] = text.split(/\s+/);
  switch (word) {
    case "/exit":
    case "/quit":
      return { kind: "exit" };
    case "/clear":
      return { kind: "clear" };
    case "/help":
      return { kind: "help" };
    case "/model":
      return { kind: "model", id: rest[0] ?? null };
    default:
      // A path or a comment is a question like any other.
      return /^\/[a-z]+$/.test(word) ? { kind: "unknown", word } : { kind: "question", text };
  }
}
