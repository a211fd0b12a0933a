import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const bin = fileURLToPath(new URL("../bin/sluice.js", import.meta.url));

/** How the real program is started. */
export interface SpawnOptions {
  cwd: string;
  env?: Record<string, string>;
  stdin?: string;
}

/** The real program at work. */
export interface RunningSluice {
  child: ChildProcess;
  /** Resolves when the text has appeared on stderr; rejects when the program ends without it. */
  said(text: string): Promise<void>;
  ended: Promise<{ code: number | null; stdout: string; stderr: string }>;
}

/** Starts the real program with an environment of its own: no key, no server, no Redis of the developer's. */
export function startSluice(
  argv: readonly string[],
  { cwd, env = {}, stdin = "" }: SpawnOptions,
): RunningSluice {
  const child = spawn(process.execPath, [bin, ...argv], {
    cwd,
    env: { PATH: process.env["PATH"] ?? "", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk: Buffer) => (out.stdout += chunk.toString("utf8")));
  child.stderr.on("data", (chunk: Buffer) => (out.stderr += chunk.toString("utf8")));
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const ended = new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, ...out }));
  });
  const said = (text: string) =>
    new Promise<void>((resolve, reject) => {
      const look = () => {
        if (out.stderr.includes(text)) resolve();
      };
      child.stderr.on("data", look);
      child.on("close", () =>
        reject(new Error(`The program ended without saying "${text}":\n${out.stderr}`)),
      );
      look();
    });
  return { child, said, ended };
}

/** Runs the real program to its end. */
export function sluice(argv: readonly string[], options: SpawnOptions) {
  return startSluice(argv, options).ended;
}
