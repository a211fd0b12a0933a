import type { JsonValue } from "@sluice/core";
import type { ResultLine } from "@sluice/worker";
import { expect, test } from "vitest";
import { commonFolder, renderResults } from "./results-table.ts";

function result(name: string, output: JsonValue, changes: Partial<ResultLine> = {}): ResultLine {
  return {
    run: "r",
    batch: "b",
    pipeline: "p",
    version: 1,
    document: { id: "d", name },
    status: "completed",
    output,
    error: null,
    requests: 1,
    models: [],
    cached: false,
    startedAt: null,
    finishedAt: null,
    ...changes,
  };
}

test("shows the fields of outputs as columns, and the code of a run that failed", () => {
  const error = { code: "DOCUMENT_EMPTY", message: "It is empty." };
  const lines = [
    result("in/a.txt", { kind: "bill", total: 12.5, tags: ["x", "y"], due: null }),
    result("in/b.txt", null, { status: "failed", error }),
  ];
  expect(renderResults(lines, 80)).toMatchInlineSnapshot(`
    "document  status          kind  total  tags  due
    ────────  ──────────────  ────  ─────  ────  ───
    a.txt     completed       bill  12.5   x, y
    b.txt     DOCUMENT_EMPTY"
  `);
});

test("shows an output that is a plain text under a name of its own", () => {
  expect(renderResults([result("a.txt", "two\nlines")], 80)).toMatchInlineSnapshot(`
    "document  output
    ────────  ─────────
    a.txt     two lines"
  `);
});

test("leaves out the last fields rather than cutting every one to pieces", () => {
  const fields = ["licence", "holder", "year", "summary", "grants", "forbids", "notes"];
  const output = Object.fromEntries(fields.map((field) => [field, `${field} in some more words than fit`]));
  const text = renderResults([result("inbox/a-licence-with-a-long-name.txt", output)], 90);
  expect(text.split("\n")[0]).toMatch(/^document +licence +holder +year$/);
  expect(text.split("\n").at(-1)).toBe("(no room for: summary, grants, forbids, notes)");
});

test("shows how the terminal would be fooled instead of fooling it", () => {
  expect(renderResults([result("\u001b[31mred", { a: "\u0007" })], 80)).not.toMatch(/(?!\n)\p{Cc}/u);
});

test.each([
  [["in/a/x.txt", "in/a/y.txt"], "in/a/"],
  [["in/a/x.txt", "in/b/y.txt"], "in/"],
  [["in/ab.txt", "in/abc.txt"], "in/"],
  [["x.txt", "in/y.txt"], ""],
  [["in/a.txt"], ""],
])("leaves out the folder common to %j", (names, folder) => {
  expect(commonFolder(names)).toBe(folder);
});
