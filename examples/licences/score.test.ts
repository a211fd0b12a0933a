import { readdir, readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { checkTerms } from "./check-terms.ts";
import { parseGold, parseRuns, type RunLine, renderScore, score, type Terms } from "./scoring.js";
import { licenceTerms } from "./terms.ts";

const gold = parseGold(await readFile(new URL("gold.json", import.meta.url), "utf8"));

const mit: Terms = {
  permissions: ["commercial-use", "modifications", "distribution", "private-use"],
  conditions: ["include-copyright"],
  limitations: ["liability", "warranty"],
  copyleft: "none",
};
const twoLabels = {
  "MIT.md": { spdxId: "MIT", osiApproved: true, ...mit },
  "WTFPL.txt": { ...mit, spdxId: "WTFPL", osiApproved: false, conditions: [], limitations: [] },
};

function completed(name: string, output: Terms): RunLine {
  return { document: { name }, status: "completed", output };
}

describe("gold.json", () => {
  test("labels every document and nothing else", async () => {
    const files = await readdir(new URL("documents", import.meta.url));
    expect(Object.keys(gold).toSorted()).toEqual(files.toSorted());
    expect(files).toHaveLength(24);
  });

  test.each(Object.entries(gold))(
    "%s uses the pipeline's vocabulary and passes its check",
    (_file, label) => {
      const terms = licenceTerms.omit({ name: true, summary: true }).parse(label);
      expect(checkTerms(terms)).toEqual({ consistent: true, notes: [] });
    },
  );
});

describe("score", () => {
  test("is perfect for the labels themselves", () => {
    const result = score(
      gold,
      Object.entries(gold).map(([file, label]) => completed(`examples/licences/documents/${file}`, label)),
    );
    const perfect = { precision: 1, recall: 1, f1: 1 };
    expect(result).toMatchObject({
      documents: 24,
      completed: 24,
      missing: [],
      unlabelled: [],
      permissions: perfect,
      conditions: perfect,
      limitations: perfect,
      copyleftAccuracy: 1,
    });
  });

  test("an option too many costs precision, an option too few costs recall", () => {
    const wrong = { ...mit, permissions: ["commercial-use", "patent-use"], copyleft: "weak" };
    const result = score({ "MIT.md": twoLabels["MIT.md"] }, [completed("MIT.md", wrong)]);
    expect(result.permissions).toEqual({ precision: 1 / 2, recall: 1 / 4, f1: 1 / 3 });
    expect(result.copyleftAccuracy).toBe(0);
  });

  test("an option named twice counts once", () => {
    const twice = { ...mit, conditions: ["include-copyright", "include-copyright"] };
    const result = score({ "MIT.md": twoLabels["MIT.md"] }, [completed("MIT.md", twice)]);
    expect(result.conditions).toEqual({ precision: 1, recall: 1, f1: 1 });
  });

  test("a document without a completed run counts as an empty answer", () => {
    const result = score(twoLabels, [
      completed("MIT.md", mit),
      { document: { name: "WTFPL.txt" }, status: "failed" },
    ]);
    expect(result).toMatchObject({
      documents: 2,
      completed: 1,
      missing: ["WTFPL.txt"],
      copyleftAccuracy: 0.5,
    });
    expect(result.permissions).toMatchObject({ precision: 1, recall: 0.5 });
  });

  test("the last completed run of a document counts", () => {
    const empty: Terms = { permissions: [], conditions: [], limitations: [], copyleft: "none" };
    const runs = [completed("a/MIT.md", empty), completed("b/MIT.md", mit)];
    expect(score({ "MIT.md": twoLabels["MIT.md"] }, runs).permissions.f1).toBe(1);
  });

  test("names documents that have no label and leaves them out", () => {
    const result = score({ "MIT.md": twoLabels["MIT.md"] }, [
      completed("MIT.md", mit),
      completed("mine.txt", { ...mit, permissions: [] }),
    ]);
    expect(result.unlabelled).toEqual(["mine.txt"]);
    expect(result.permissions.recall).toBe(1);
  });

  test("has no share where there is nothing to divide by", () => {
    const result = score({}, []);
    expect(result.permissions).toEqual({ precision: null, recall: null, f1: null });
    expect(renderScore(result)).toContain("–");
  });
});

describe("parseRuns", () => {
  const line = JSON.stringify({
    run: "r1",
    batch: "b1",
    pipeline: "licences",
    version: 1,
    document: { id: "9f2c", name: "MIT.md" },
    status: "completed",
    output: { name: "MIT", summary: "Short.", consistent: true, notes: [], ...mit },
    error: null,
  });

  test("reads results and skips blank lines", () => {
    expect(parseRuns(`${line}\n\n`)).toMatchObject([{ document: { name: "MIT.md" }, output: mit }]);
  });

  test.each([
    ["text that is no JSON", "oops"],
    ["another pipeline", line.replace('"pipeline":"licences"', '"pipeline":"languages"')],
    ["a completed run without its fields", line.replace('"copyleft":"none"', '"copyleft":null')],
  ])("refuses %s and names the line", (_what, bad) => {
    expect(() => parseRuns(`${line}\n${bad}`)).toThrow("Line 2");
  });
});
