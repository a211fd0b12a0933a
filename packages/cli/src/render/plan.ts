import { DAY_MS, formatDuration, type Plan, type PlannedStep, type Range } from "@sluice/core";
import { plural } from "./events.ts";
import { printable } from "./printable.ts";
import { renderFacts } from "./runs.ts";
import { renderTable } from "./table.ts";
import { clockTime, dateTime } from "./time.ts";
import { wrap } from "./wrap.ts";

const COLUMNS = 80;

/** A plan as JSON: its own keys, with times as ISO 8601. */
export function planData(plan: Plan) {
  const { finish, quota } = plan;
  return {
    ...plan,
    finish: {
      earliest: isoTime(finish.earliest),
      latest: isoTime(finish.latest),
      unpacked: isoTime(finish.unpacked),
    },
    quota: { ...quota, now: isoTime(quota.now), day: { ...quota.day, endsAt: isoTime(quota.day.endsAt) } },
  };
}

/** A plan in 80 columns: the whole in one line, where the documents stand, the steps, what to change. */
export function renderPlan(plan: Plan): string {
  const parts = [
    wrap(headline(plan), COLUMNS).join("\n"),
    renderFacts(factsOf(plan).filter(([, value]) => value !== "")),
    plan.steps.length > 0 ? renderSteps(plan.steps) : "",
    renderTooLong(plan),
    plan.advice.map(({ text }) => listed(text)).join("\n"),
  ];
  return parts.filter((part) => part !== "").join("\n\n");
}

/** `312 documents, 41 requests, done today 16:05 UTC (17:05 local); without packing: 7 days` */
function headline({ documents, requests, finish, quota }: Plan): string {
  const several = requests.perItem === null ? "" : ` and ${requests.perItem}`;
  const asked = `${range(requests)} ${requests.max === 1 ? "request" : "requests"}${printable(several)}`;
  const parts = [plural(documents.total, "document"), asked, finishText(finish, quota.now)];
  const isSaved = requests.unpacked.max > requests.max && finish.unpacked !== null;
  const without = isSaved ? `; without packing: ${unpackedText(finish.unpacked ?? 0, quota.now)}` : "";
  return `${parts.join(", ")}${without}`;
}

function finishText({ earliest, latest }: Plan["finish"], now: number): string {
  if (earliest === null || latest === null) return "not before the account is resumed";
  if (earliest !== latest) return `done between ${dayText(earliest, now)} and ${dayText(latest, now)}`;
  const isNear = utcDay(latest) - utcDay(now) <= 1;
  return `done ${isNear ? "" : "on "}${dayText(latest, now)}`;
}

function dayText(at: number, now: number): string {
  const days = utcDay(at) - utcDay(now);
  if (days === 0) return `today ${clockTime(at)}`;
  return days === 1 ? `tomorrow ${clockTime(at)}` : `${dateTime(at).slice(0, 16)} UTC`;
}

function unpackedText(at: number, now: number): string {
  const days = utcDay(at) - utcDay(now) + 1;
  return days > 1 ? `${days} days` : formatDuration(at - now);
}

function utcDay(at: number): number {
  return Math.floor(at / DAY_MS);
}

function factsOf({ documents, requests, promptTokens, quota }: Plan): Array<readonly [string, string]> {
  const { total, unique, failed, answered, underWay, toRun } = documents;
  const codes = Object.entries(failed.codes).map(([code, count]) => `${code} ${count}`);
  const { minute, day } = quota;
  return [
    ["documents", `${total}, ${unique} of them with a content of their own`],
    ["unreadable", failed.total > 0 ? `${failed.total} (${codes.map(printable).join(", ")})` : ""],
    ["answered", answered > 0 ? `${answered}, by runs that are completed` : ""],
    ["under way", underWay > 0 ? `${underWay}, in other batches; what they take is not counted here` : ""],
    ["to run", String(toRun)],
    ["requests", range(requests)],
    ["unpacked", requests.unpacked.max > requests.max ? `${range(requests.unpacked)} requests` : ""],
    ["prompts", `about ${promptTokens} tokens in all`],
    ["minute", `${minute.used} of ${minute.limit} used, ${minute.left} left`],
    [
      "UTC day",
      `${day.used} of ${day.limit} used, ${day.left} left for pipelines until ${clockTime(day.endsAt)}`,
    ],
    ["halted", quota.halted === null ? "" : printable(quota.halted)],
  ];
}

function renderSteps(steps: readonly PlannedStep[]): string {
  const rows = steps.map((step) => [
    step.step,
    `${range(step.questions)}${step.per === null ? "" : ` per ${step.per}`}`,
    step.askedWith === null ? range(step.requests) : `with ${step.askedWith}`,
    eachOf(step),
    String(step.cached),
    step.promptTokens === null ? "?" : `${step.isEstimate ? "~" : ""}${step.promptTokens}`,
  ]);
  return renderTable(["step", "questions", "requests", "each", "cached", "tokens"], rows, COLUMNS).text;
}

/** Questions in one request: on average, and at most. */
function eachOf({ perRequest, mostPerRequest, askedWith }: PlannedStep): string {
  if (askedWith !== null) return "";
  const most = mostPerRequest > 1 ? ` (≤ ${mostPerRequest})` : "";
  if (perRequest === null) return most === "" ? "1" : most.trim();
  return `${Number(perRequest.toFixed(1))}${most}`;
}

const SHOWN_TOO_LONG = 5;

function renderTooLong({ tooLong }: Plan): string {
  const { total, first } = tooLong;
  if (total === 0) return "";
  const shown = first.slice(0, SHOWN_TOO_LONG);
  const rows = shown.map(({ document, step, promptTokens, mostPromptTokens }) => [
    document,
    step,
    String(promptTokens),
    String(mostPromptTokens ?? 0),
  ]);
  const table = renderTable(["fits no model", "step", "tokens", "at most"], rows, COLUMNS).text;
  return total > shown.length ? `${table}\n(${total - shown.length} more)` : table;
}

function listed(text: string): string {
  return wrap(printable(text), COLUMNS - 2)
    .map((line, index) => (index === 0 ? `- ${line}` : `  ${line}`))
    .join("\n");
}

function range({ min, max }: Range): string {
  return min === max ? String(min) : `${min} to ${max}`;
}

function isoTime(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
