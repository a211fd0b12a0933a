// @ts-check
import { basename } from "node:path";
import { z } from "zod";

/** @import { FieldScore, Gold, RunLine, Score, Terms } from "./scoring.d.ts" */
/** @typedef {"permissions" | "conditions" | "limitations"} Field */

const terms = z.object({
  permissions: z.array(z.string()),
  conditions: z.array(z.string()),
  limitations: z.array(z.string()),
  copyleft: z.string(),
});
const goldSchema = z.record(
  z.string(),
  z.strictObject({ spdxId: z.string(), osiApproved: z.boolean(), ...terms.shape }),
);
const line = { pipeline: z.literal("licences"), document: z.object({ name: z.string() }) };
const runSchema = z.discriminatedUnion("status", [
  z.object({ ...line, status: z.literal("completed"), output: terms }),
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
      throw new Error(`Line ${index + 1} is not a result of the pipeline "licences".`, { cause });
    }
  });
}

/** @type {(gold: Gold, runs: readonly RunLine[]) => Score} */
export function score(gold, runs) {
  /** @type {Map<string, Terms>} */
  const answers = new Map();
  for (const run of runs) {
    if (run.status === "completed") answers.set(basename(run.document.name), run.output);
  }
  const files = Object.keys(gold);
  const seen = new Set(runs.map((run) => basename(run.document.name)));
  const rightCopyleft = files.filter((file) => answers.get(file)?.copyleft === gold[file]?.copyleft);

  return {
    documents: files.length,
    completed: files.filter((file) => answers.has(file)).length,
    missing: files.filter((file) => !answers.has(file)),
    unlabelled: [...seen].filter((file) => !Object.hasOwn(gold, file)),
    permissions: scoreField("permissions", gold, answers),
    conditions: scoreField("conditions", gold, answers),
    limitations: scoreField("limitations", gold, answers),
    copyleftAccuracy: share(rightCopyleft.length, files.length),
  };
}

/**
 * Counts over all documents together (micro average), so that long lists weigh more than short ones.
 * @type {(field: Field, gold: Gold, answers: ReadonlyMap<string, Terms>) => FieldScore}
 */
function scoreField(field, gold, answers) {
  let right = 0;
  let given = 0;
  let labelled = 0;
  for (const [file, label] of Object.entries(gold)) {
    const answer = new Set(answers.get(file)?.[field] ?? []);
    given += answer.size;
    labelled += label[field].length;
    right += label[field].filter((option) => answer.has(option)).length;
  }
  return {
    precision: share(right, given),
    recall: share(right, labelled),
    f1: share(2 * right, given + labelled),
  };
}

/** @type {(part: number, whole: number) => number | null} */
function share(part, whole) {
  return whole === 0 ? null : part / whole;
}

/** @type {(result: Score) => string} */
export function renderScore(result) {
  /** @type {(value: number | null) => string} */
  const percent = (value) => (value === null ? "–" : `${(100 * value).toFixed(1)} %`).padStart(10);
  /** @type {Field[]} */
  const fields = ["permissions", "conditions", "limitations"];
  const rows = fields.map((field) => {
    const { precision, recall, f1 } = result[field];
    return `${field.padEnd(12)}${percent(precision)}${percent(recall)}${percent(f1)}`;
  });
  const lines = [
    `${"".padEnd(12)}${["precision", "recall", "F1"].map((head) => head.padStart(10)).join("")}`,
    ...rows,
    `copyleft right in ${percent(result.copyleftAccuracy).trim()} of the documents`,
    `${result.completed} of ${result.documents} labelled documents completed`,
  ];
  if (result.missing.length > 0) lines.push(`not completed: ${result.missing.join(", ")}`);
  if (result.unlabelled.length > 0) lines.push(`not scored, no label: ${result.unlabelled.join(", ")}`);
  return `${lines.join("\n")}\n`;
}
