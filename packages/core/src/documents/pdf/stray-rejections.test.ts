import { readFile } from "node:fs/promises";
import { setImmediate as nextTurn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { readPdf } from "./read-pdf.ts";
import { withoutStrayRejections } from "./stray-rejections.ts";

const EVENTS = ["unhandledRejection", "uncaughtException"] as const;
type Listener = (...args: unknown[]) => void;

/** What would have ended the process. */
let fatal: unknown[];
let runnerListeners: Map<string, Listener[]>;

// The test runner listens to both events itself; a program does not.
beforeEach(() => {
  fatal = [];
  runnerListeners = new Map();
  for (const event of EVENTS) {
    runnerListeners.set(event, [...process.rawListeners(event)] as Listener[]);
    process.removeAllListeners(event);
  }
  process.on("uncaughtException", (error) => fatal.push(error));
});

afterEach(() => {
  for (const event of EVENTS) {
    process.removeAllListeners(event);
    for (const listener of runnerListeners.get(event) ?? []) process.on(event, listener);
  }
});

const stray = new Error("stray");
const foreign = new Error("foreign");
const isStray = (reason: unknown) => reason === stray;

test("a stray rejection does not end the process", async () => {
  const answer = await withoutStrayRejections(isStray, async () => {
    Promise.reject(stray);
    return "answer";
  });
  expect(answer).toBe("answer");
  expect(fatal).toEqual([]);
});

test("the error of the work itself still reaches its caller", async () => {
  await expect(withoutStrayRejections(isStray, () => Promise.reject(stray))).rejects.toBe(stray);
});

test("a foreign rejection still ends the process, once", async () => {
  const work = async () => {
    Promise.reject(foreign);
    await nextTurn();
  };
  await Promise.all([withoutStrayRejections(isStray, work), withoutStrayRejections(isStray, async () => {})]);
  expect(fatal).toEqual([foreign]);
});

test("a program's own listener decides over foreign rejections", async () => {
  const heard: unknown[] = [];
  process.on("unhandledRejection", (reason) => heard.push(reason));
  await withoutStrayRejections(isStray, async () => {
    Promise.reject(foreign);
  });
  expect(heard).toEqual([foreign]);
  expect(fatal).toEqual([]);
});

test("no listener is left behind", async () => {
  await withoutStrayRejections(isStray, async () => {});
  await withoutStrayRejections(isStray, () => Promise.reject(stray)).catch(() => {});
  expect(process.listenerCount("unhandledRejection")).toBe(0);
});

// Damage of which pdf.js also rejects a promise of its own that nobody awaits.
test.each([
  ["invoice.pdf", "DOCUMENT_MALFORMED", { 96: 155, 253: 114, 391: 170 }],
  ["owner-locked.pdf", "DOCUMENT_EMPTY", { 1134: 235, 1020: 33, 1793: 156 }],
])("damage in %s is %s and does not end the process", async (name, code, damage) => {
  const bytes = await readFile(new URL(`../fixtures/${name}`, import.meta.url));
  for (const [offset, byte] of Object.entries(damage)) bytes[Number(offset)] = byte;
  await expect(readPdf({ name, bytes })).rejects.toMatchObject({ code });
  await nextTurn();
  expect(fatal).toEqual([]);
});
