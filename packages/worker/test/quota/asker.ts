import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { QuotaRules } from "@sluice/core";
import { expect } from "vitest";

const program = fileURLToPath(new URL("fixtures/asker.mjs", import.meta.url));

/** What a process that asks is started with. */
export interface AskerSettings {
  redisUrl: string;
  /** Addresses of the account's server, and of another one where all code is loaded first. */
  simulator: string;
  warmUp?: string;
  rules: Partial<QuotaRules>;
  questions: number;
  callers: number;
  /** Takes a permit and never sends. */
  hangs?: boolean;
}

/** A real process that asks questions once it is told to. */
export class Asker implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";

  constructor(settings: AskerSettings) {
    const env = {
      ...process.env,
      TEST_REDIS_URL: settings.redisUrl,
      TEST_SIMULATOR: settings.simulator,
      TEST_WARM_UP: settings.warmUp ?? "",
      TEST_RULES: JSON.stringify(settings.rules),
      TEST_QUESTIONS: String(settings.questions),
      TEST_CALLERS: String(settings.callers),
      TEST_HANG: settings.hangs ? "1" : "",
    };
    this.#child = spawn(process.execPath, [program], { env, stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#output += data.toString();
    });
  }

  /** The lines it has said after it was ready, each with its count. */
  get outcomes(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const line of this.#output.split("\n").slice(1, -1)) counts[line] = (counts[line] ?? 0) + 1;
    return counts;
  }

  /** Waits until it has said this line. */
  async says(line: string): Promise<void> {
    await expect.poll(() => this.#output.split("\n"), { timeout: 20_000, interval: 20 }).toContain(line);
  }

  start(): void {
    this.#child.stdin?.write("start\n");
  }

  /** Waits until all questions were asked. */
  async ended(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.ended();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
