import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { markdownLoader } from "./markdown.ts";

const load = (text: string) => markdownLoader.load({ name: "notes.md", bytes: Buffer.from(text) });
const titleOf = async (text: string) => (await load(text)).metadata?.["title"];

test("the text stays whole, front matter and all", async () => {
  const bytes = await readFile(new URL("../fixtures/notes.md", import.meta.url));
  const { text, metadata } = await markdownLoader.load({ name: "notes.md", bytes });
  expect(text).toBe(bytes.toString());
  expect(metadata).toEqual({ title: "Meeting notes", encoding: "utf-8" });
});

test.each([
  ["# C#", "C#"],
  ["## Closed ##", "Closed"],
  ["Underlined\n=====\n", "Underlined"],
  ["words\n\n### Later", "Later"],
  ["~~~\n# no\n```\n# no\n~~~\n# Yes", "Yes"],
  ["---\n# comment of the front matter\n---\n# Real", "Real"],
])("the title of %j is %j", async (text, title) => {
  expect(await titleOf(text)).toBe(title);
});

test.each(["no heading", "#hashtag", "```\n# code\n```", "    # indented code"])(
  "%j has no title",
  async (text) => {
    expect(await titleOf(text)).toBeUndefined();
  },
);

test("JavaScript in the front matter is text, not a program", async () => {
  const text = "---js\n{ title: process.exit(71) }\n---\nwords";
  expect((await load(text)).text).toBe(text);
});

test("hostile headings take no time", async () => {
  const started = performance.now();
  await load(`# ${"#".repeat(1_000_000)}\n${" ".repeat(1_000_000)}\n${"`".repeat(1_000_000)}`);
  expect(performance.now() - started).toBeLessThan(2_000);
});
