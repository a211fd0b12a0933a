import { describe, expect, test } from "vitest";
import { CONTRACT, NONCE, packedPrompt } from "../../test/packed-prompt.ts";
import { unpack } from "./packed-request.ts";

const ITEMS = [
  { id: "d7k2", text: "Deep Water\n\nText." },
  { id: "p3xq7a", text: "" },
];

describe("a packed request", () => {
  test.each([
    ["nothing", "", ""],
    ["paragraphs", "Find the title.\n\n", "\n\nBe brief.\n\nOne line."],
    ["tags", "Find it.\n\n<document>\n", "\n</document>"],
    ["the middle of a line", "Title of: ", " And no more."],
  ])("is taken apart as it was put together, with %s around its items", (_, prefix, suffix) => {
    const packed = unpack(packedPrompt({ prefix, suffix }, ITEMS));
    expect(packed).toEqual({ prefix, suffix, items: ITEMS, contract: CONTRACT });
  });

  test("may stand behind a line that opens nothing", () => {
    const prefix = "As in\n<<<item aaaa otherwise9\n\n";
    expect(unpack(packedPrompt({ prefix, suffix: "" }, ITEMS))).toMatchObject({ prefix, items: ITEMS });
  });

  test.each([
    ["plain text", "Find the title.\n\nDeep Water"],
    ["an item that is never closed", `<<<item d7k2 ${NONCE}\nDeep Water\n\n${CONTRACT}`],
    ["an item that another nonce closes", `<<<item d7k2 ${NONCE}\nDeep Water\n>>>item d7k2 otherwise9`],
    ["a fence inside a line", `See <<<item d7k2 ${NONCE}\nDeep Water\n>>>item d7k2 ${NONCE}`],
    ["the older marks", "<<<item d7k2>>>\nDeep Water\n<<<end d7k2>>>"],
  ])("is not %s", (_, text) => {
    expect(unpack(text)).toBeNull();
  });
});
