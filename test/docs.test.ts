import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type AnyPipeline, errorCodes, openRouter, runPipeline } from "@sluice/core";
import { startSimulator } from "@sluice/simulator";
import { beforeAll, describe, expect, it } from "vitest";
import { commands } from "../packages/cli/src/commands/all.ts";
import { parse } from "../packages/cli/src/program.ts";
import { renderReference } from "../packages/cli/src/render/reference.ts";
import faultRows from "../packages/worker/test/faults/rows.json" with { type: "json" };
import { codeBlocks, markdownFiles } from "./markdown.ts";
import { root } from "./source-files.ts";

const files = markdownFiles();
const blocks = [...files].flatMap(([file, text]) => codeBlocks(file, text));
const snippets = blocks.filter(({ language }) => language === "ts");
const generated = join(root, "test/.generated");
const snippetPath = (file: string, line: number) =>
  join(generated, `${file.replaceAll(/[/.]/g, "-")}-${line}.ts`);

beforeAll(() => {
  rmSync(generated, { recursive: true, force: true });
  mkdirSync(generated, { recursive: true });
  for (const { file, line, code } of snippets) writeFileSync(snippetPath(file, line), code);
  const config = {
    extends: "../../tsconfig.base.json",
    compilerOptions: { composite: false, noEmit: true },
    include: ["*.ts"],
  };
  writeFileSync(join(generated, "tsconfig.json"), JSON.stringify(config));
});

describe("the documentation", () => {
  it("has no dead link to a file of the project", () => {
    const dead = [...files].flatMap(([file, text]) =>
      [...text.replaceAll(/^```[\s\S]*?^```$/gm, "").matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = ""]) => target)
        .filter((target) => !existsSync(join(root, dirname(file), target)))
        .map((target) => `${file} → ${target}`),
    );
    expect(dead).toEqual([]);
  });

  it("shows only TypeScript that compiles under the strictest flags", () => {
    expect(snippets.length).toBeGreaterThan(0);
    const { stdout, status } = spawnSync(join(root, "node_modules/.bin/tsc"), ["-p", generated], {
      encoding: "utf8",
    });
    expect(stdout).toBe("");
    expect(status).toBe(0);
  });

  it("begins with a pipeline that runs", async () => {
    const readme = snippets.find(({ file }) => file === "README.md");
    if (!readme) throw new Error("README.md shows no pipeline");
    const { invoices } = (await import(snippetPath(readme.file, readme.line))) as { invoices: AnyPipeline };
    await using simulator = await startSimulator();
    const models = openRouter({ apiKey: "k", baseUrl: simulator.url });
    const input = { name: "a.txt", text: "Invoice of ACME GmbH. Total: 120.50 EUR. Due 2026-12-01." };
    const { output } = await runPipeline(invoices, input, { models });
    expect(output).toMatchObject({ total: 120.5, due: "2026-12-01", ok: true });
  });

  it("promises for each fault what a test plays, and nothing else", () => {
    const folder = join(root, "packages/worker/test/faults");
    const rows = Object.entries(faultRows);
    const tests = readdirSync(folder).filter((name) => name.endsWith(".test.ts"));
    const text = tests.map((name) => readFileSync(join(folder, name), "utf8")).join("");
    expect(rows.filter(([row]) => !text.includes(`faultRow("${row}",`))).toEqual([]);
    const page = readFileSync(join(root, "docs/what-happens-when.md"), "utf8");
    const table = rows.map(([row, { fault, promise }]) => `| ${row} | ${fault} | ${promise} |`);
    expect(page).toContain(table.join("\n"));
  });

  it("lists exactly the error codes there are, with their meaning", () => {
    const page = readFileSync(join(root, "docs/reference/errors.md"), "utf8");
    const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (yes|no) \| (.+) \|$/gm)].map(
      ([, code, retryable, meaning]) => ({ code, retryable, meaning }),
    );
    const expected = Object.entries(errorCodes).map(([code, { verdict, meaning }]) => ({
      code,
      retryable: verdict === "retryable" ? "yes" : "no",
      meaning,
    }));
    expect(rows).toEqual(expected);
  });

  it("lists exactly the commands there are, with all their options", () => {
    const page = readFileSync(join(root, "docs/reference/cli.md"), "utf8");
    expect(page, "run: npm run docs").toBe(renderReference(Object.values(commands)));
  });

  it("shows no command or option that does not exist", () => {
    const shown = blocks
      .filter(({ language }) => language === "sh")
      .flatMap(({ file, code }) =>
        code.split("\n").map((line) => ({ file, line: line.replace(/\s+#.*$/, "") })),
      )
      .filter(({ line }) => /^(npx )?sluice /.test(line));
    expect(shown.length).toBeGreaterThan(5);
    for (const { file, line } of shown) {
      const words = line.replace(/^(npx )?sluice /, "").match(/"[^"]*"|'[^']*'|\S+/g) ?? [];
      const argv = words.map((word) => word.replaceAll(/["']/g, ""));
      const parsed = () => parse(argv, Object.values(commands), { writeOut: () => {}, columns: 80 });
      expect(parsed, `${file}: ${line}`).not.toThrow();
    }
  });
});
