import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { classification } from "./classification.ts";
import { type Classification, parseGold, parseRuns, type RunLine, renderScore, score } from "./scoring.js";

const gold = parseGold(await readFile(new URL("gold.json", import.meta.url), "utf8"));

const russian: Classification = { language: "Russian", script: "Cyrillic", topic: "human-rights" };
const korean: Classification = { language: "Korean", script: "Hangul", topic: "software" };

function completed(name: string, output: Classification): RunLine {
  return { document: { name }, status: "completed", output };
}

describe("gold.json", () => {
  test("labels every document and nothing else", async () => {
    const files = await readdir(new URL("documents", import.meta.url));
    expect(Object.keys(gold).toSorted()).toEqual(files.toSorted());
    expect(files).toHaveLength(20);
  });

  test("covers 16 languages in the pipeline's vocabulary", () => {
    const labels = Object.values(gold).map((label) => classification.parse(label));
    expect(new Set(labels.map((label) => label.language)).size).toBe(16);
  });
});

describe("score", () => {
  test("is perfect for the labels themselves", () => {
    const runs = Object.entries(gold).map(([file, label]) =>
      completed(`examples/languages/documents/${file}`, label),
    );
    expect(score(gold, runs)).toEqual({
      documents: 20,
      completed: 20,
      missing: [],
      unlabelled: [],
      accuracy: { language: 1, script: 1, topic: 1 },
      mistakes: [],
    });
  });

  test("counts each field by itself and names the mistake", () => {
    const result = score({ "a.txt": russian, "b.txt": korean }, [
      completed("a.txt", { ...russian, language: "Ukrainian" }),
      completed("b.txt", korean),
    ]);
    expect(result.accuracy).toEqual({ language: 0.5, script: 1, topic: 1 });
    expect(result.mistakes).toEqual([
      { file: "a.txt", field: "language", expected: "Russian", answered: "Ukrainian" },
    ]);
    expect(renderScore(result)).toContain("a.txt: language is Russian, answered Ukrainian");
  });

  test("a document without a completed run is wrong in every field, and listed", () => {
    const result = score({ "a.txt": russian, "b.txt": korean }, [
      completed("a.txt", russian),
      { document: { name: "b.txt" }, status: "failed" },
    ]);
    expect(result).toMatchObject({ completed: 1, missing: ["b.txt"], mistakes: [] });
    expect(result.accuracy).toEqual({ language: 0.5, script: 0.5, topic: 0.5 });
  });

  test("the last completed run of a document counts", () => {
    const runs = [completed("x/a.txt", korean), completed("y/a.txt", russian)];
    expect(score({ "a.txt": russian }, runs).accuracy.language).toBe(1);
  });

  test("names documents that have no label and leaves them out", () => {
    const runs = [completed("a.txt", russian), completed("mine.txt", korean)];
    expect(score({ "a.txt": russian }, runs)).toMatchObject({ documents: 1, unlabelled: ["mine.txt"] });
  });

  test("has no accuracy without documents", () => {
    const result = score({}, []);
    expect(result.accuracy).toEqual({ language: null, script: null, topic: null });
    expect(renderScore(result)).toContain("–");
  });
});

describe("parseRuns", () => {
  const line = JSON.stringify({
    run: "r1",
    batch: "b1",
    pipeline: "languages",
    version: 1,
    document: { id: "9f2c", name: "01.html" },
    status: "completed",
    output: { ...russian, summary: "Short." },
    error: null,
  });

  test("reads results and skips blank lines", () => {
    expect(parseRuns(`${line}\n\n`)).toMatchObject([{ document: { name: "01.html" }, output: russian }]);
  });

  test.each([
    ["text that is no JSON", "oops"],
    ["another pipeline", line.replace('"pipeline":"languages"', '"pipeline":"licences"')],
    ["a completed run without its fields", line.replace('"script":"Cyrillic"', '"script":null')],
  ])("refuses %s and names the line", (_what, bad) => {
    expect(() => parseRuns(`${line}\n${bad}`)).toThrow("Line 2");
  });
});
