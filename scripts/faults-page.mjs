// Writes the table of faults in docs/what-happens-when.md from the rows that a test plays; a test holds the two equal.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { root } from "./run.mjs";

const folder = `${root}packages/worker/test/faults/`;
const page = `${root}docs/what-happens-when.md`;

const rows = JSON.parse(readFileSync(`${folder}rows.json`, "utf8"));
const tests = readdirSync(folder)
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => readFileSync(`${folder}${name}`, "utf8"))
  .join("\n");
const played = Object.entries(rows).filter(([number]) => tests.includes(`faultRow("${number}",`));
const table = [
  "| | fault | promise |",
  "|---|---|---|",
  ...played.map(([number, { fault, promise }]) => `| ${number} | ${fault} | ${promise} |`),
].join("\n");

const [begin, end] = ["<!-- faults: made by npm run docs -->", "<!-- /faults -->"];
const text = readFileSync(page, "utf8");
const before = text.slice(0, text.indexOf(begin) + begin.length);
const after = text.slice(text.indexOf(end));
if (before.length < begin.length || text.indexOf(end) < 0) throw new Error(`${page} has lost its markers`);
writeFileSync(page, `${before}\n\n${table}\n\n${after}`);
