import { expect, test } from "vitest";
import { type ChatInput, parseChatLine } from "./chat-input.ts";

test.each<[string, ChatInput]>([
  ["  What is it? ", { kind: "question", text: "What is it?" }],
  ["", { kind: "nothing" }],
  ["/exit", { kind: "exit" }],
  ["/clear ", { kind: "clear" }],
  ["/help", { kind: "help" }],
  ["/model a/one:free", { kind: "model", id: "a/one:free" }],
  ["/model", { kind: "model", id: null }],
  ["/modle x", { kind: "unknown", word: "/modle" }],
  ["/usr/bin is what?", { kind: "question", text: "/usr/bin is what?" }],
  ["// a comment", { kind: "question", text: "// a comment" }],
])("understands %j", (line, input) => {
  expect(parseChatLine(line)).toEqual(input);
});
