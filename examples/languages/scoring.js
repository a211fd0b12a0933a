// @ts-check
import { basename } from "node:path";
import { z } from "zod";

/** @import { Classification, Gold, RunLine, Score } from "./scoring.d.ts" */

/** @type {(keyof Classification)[]} */
const fields = ["language", "script", "topic"];
const classification = z.object({ language: z.string(), script: z.string(), topic: z.string() });
const goldSchema = z.record(z.string(), z.strictObject(classification.shape));
const line = { pipeline: z.literal("languages"), document: z.object({ name: z.string() }) };
const runSchema = z.discriminatedUnion("status", [
  z.object({ ...line, status: z.literal("completed"), output: classification }),
  z.object({ ...line, status: z.enum(["queued", "running", "parked", "waiting", "failed", "cancelled"]) }),
]);

/** @type {(text: string) => Gold} */
export function parseGold(text) {
  return goldSchema.parse(JSON.parse(text));
}

/** @type {(text: string) => RunLine[]} */
export function parseRuns(text) {
  return text.split("\n").flatMap((json, index) => {
    if (json.trim() === "") return [];
    try {
      return [runSchema.parse(JSON.parse(json))];
    } catch (cause) {
      throw new Error(`Line ${index + 1} is not a result of the pipeline "languages".`, { cause });
    }
  });
}

/** @type {(gold: Gold, runs: readonly RunLine[]) => Score} */
export function score(gold, runs) {
  /** @type {Map<string, Classification>} */
  const answers = new Map();
  for (const run of runs) {
    if (run.status === "completed") answers.set(basename(run.document.name), run.output);
  }
  const files = Object.keys(gold);
  const seen = new Set(runs.map((run) => basename(run.document.name)));
  /** @type {(field: keyof Classification) => number | null} */
  const accuracy = (field) => {
    const right = files.filter((file) => answers.get(file)?.[field] === gold[file]?.[field]);
    return files.length === 0 ? null : right.length / files.length;
  };

  return {
    documents: files.length,
    completed: files.filter((file) => answers.has(file)).length,
    missing: files.filter((file) => !answers.has(file)),
    unlabelled: [...seen].filter((file) => !Object.hasOwn(gold, file)),
    accuracy: { language: accuracy("language"), script: accuracy("script"), topic: accuracy("topic") },
    mistakes: Object.entries(gold).flatMap(([file, label]) => findMistakes(file, label, answers.get(file))),
  };
}

/** @type {(file: string, label: Classification, answer: Classification | undefined) => Score["mistakes"]} */
function findMistakes(file, label, answer) {
  if (answer === undefined) return [];
  return fields
    .filter((field) => answer[field] !== label[field])
    .map((field) => ({ file, field, expected: label[field], answered: answer[field] }));
}

/** @type {(result: Score) => string} */
export function renderScore(result) {
  const lines = fields.map((field) => {
    const accuracy = result.accuracy[field];
    return `${field.padEnd(10)}${accuracy === null ? "–" : `${(100 * accuracy).toFixed(1)} %`} right`;
  });
  lines.push(`${result.completed} of ${result.documents} labelled documents completed`);
  for (const { file, field, expected, answered } of result.mistakes) {
    lines.push(`${file}: ${field} is ${expected}, answered ${answered}`);
  }
  if (result.missing.length > 0) lines.push(`not completed: ${result.missing.join(", ")}`);
  if (result.unlabelled.length > 0) lines.push(`not scored, no label: ${result.unlabelled.join(", ")}`);
  return `${lines.join("\n")}\n`;
}
