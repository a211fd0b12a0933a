import { describe, expect, it } from "vitest";
import type { ChatMessage } from "./chat.ts";
import { classifyFailure } from "./classify-error.ts";
import { withoutPrompt } from "./prompt-echo.ts";

const messages: ChatMessage[] = [
  { role: "system", content: "Extract the invoice fields." },
  { role: "user", content: "Mrs Example owes 120.50 EUR\nsince the third of May; her number is 0151 2345." },
];

function detailOf(message: string): string {
  const failure = classifyFailure({ kind: "http", status: 400, error: { code: 400, message } });
  return withoutPrompt(failure, messages).detail;
}

describe("what is told of a refusal", () => {
  it("holds nothing that the server quotes of the prompt, also when its white space was changed", () => {
    expect(detailOf('Bad input: "Mrs Example owes 120.50 EUR since the third of May" at 7')).toBe(
      'HTTP 400: Bad input: "[prompt]" at 7',
    );
  });

  it("holds nothing of the prompt as it stood in the request", () => {
    const quoted = JSON.stringify(messages[1]);
    expect(detailOf(`Moderated: ${quoted}`)).toBe(
      'HTTP 400: Moderated: {"role":"user","content":"[prompt]"}',
    );
  });

  it("holds the server's own words, also where the prompt has some of them", () => {
    const words = "The number of fields is not supported; extract the invoice elsewhere.";
    expect(detailOf(words)).toBe(`HTTP 400: ${words}`);
  });

  it("holds no id of the account", () => {
    expect(detailOf("No credits for user_2abCdEf0123456789 of org_2xYz98765")).toBe(
      "HTTP 400: No credits for user_*** of org_***",
    );
  });
});
