import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { QuotaRules } from "@sluice/core";
import type { LockSettings } from "@sluice/worker";
import { z } from "zod";
// biome-ignore lint/correctness/useImportExtensions: its types stand beside it, in pipelines.d.mts.
import type { PipelineName } from "./fixtures/pipelines.mjs";

const program = fileURLToPath(new URL("fixtures/fault-process.mjs", import.meta.url));

/** What a process is started with. */
export interface ProcessSettings {
  mode: "enqueue" | "work";
  home: string;
  redisUrl?: string | undefined;
  lock: LockSettings;
  /** Base URL of the account's server. */
  simulator: string;
  apiKey: string;
  rules: Partial<QuotaRules>;
  /** Names of the documents to enqueue, and the pipeline for them; default `summaries`. */
  documents?: readonly string[];
  pipeline?: PipelineName;
  /** How often it enqueues them at the same time. Default 1. */
  times?: number;
  /** Runs at work at the same time. */
  concurrency?: number;
  /** How long SIGTERM leaves runs at work; default 10 s. */
  graceMs?: number;
  /** How often a worker reads the server's count of the day. Default: never. */
  syncEveryMs?: number;
  /** How far the machine's clock is off, in milliseconds. Default 0. */
  clockOffsetMs?: number;
  /** Arguments of Node itself. */
  nodeArgs?: readonly string[];
  /** As in SLUICE_FAULT. */
  fault?: string | undefined;
}

const toldSchema = z.looseObject({ at: z.number(), type: z.string() });

/** One line of a process: an event of a run, `notice`, `ready`, `enqueued`, `error`, `halted` or `ended`. */
export type Told = z.infer<typeof toldSchema>;

/** A real worker or client, to be killed. */
export class FaultProcess implements AsyncDisposable {
  /** What it has told so far, in order. */
  readonly told: Told[] = [];
  /** Every byte that it has printed. */
  printed = "";
  readonly #child: ChildProcess;
  readonly #closed: Promise<unknown>;

  constructor({ fault = "", nodeArgs = [], ...settings }: ProcessSettings) {
    const env = { ...process.env, SLUICE_FAULT: fault };
    this.#child = spawn(process.execPath, [...nodeArgs, program, JSON.stringify(settings)], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#closed = once(this.#child, "close");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on("data", (data: Buffer) => {
        this.printed += data.toString();
      });
    }
    if (this.#child.stdout === null) throw new Error("the process has no output");
    createInterface({ input: this.#child.stdout }).on("line", (line) => {
      if (line.startsWith("{")) this.told.push(toldSchema.parse(JSON.parse(line)));
    });
  }

  /** Waits until it has told something that fits. */
  async tells(fits: (told: Told) => boolean, timeoutMs = 30_000): Promise<Told> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = this.told.find(fits);
      if (found) return found;
      if (this.hasEnded || performance.now() > deadline) {
        throw new Error(`The process has not told what it should have:\n${this.printed.slice(-4_000)}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  /** Whether it stands still by SIGSTOP. */
  get isStopped(): boolean {
    return spawnSync("ps", ["-o", "state=", "-p", String(this.#child.pid)], {
      encoding: "utf8",
    }).stdout.startsWith("T");
  }

  /** Exit code, or the signal that ended it. */
  get ending(): number | NodeJS.Signals | null {
    return this.#child.signalCode ?? this.#child.exitCode;
  }

  send(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Waits until it has ended by itself, by its fault or a signal. */
  async ended(timeoutMs = 30_000): Promise<number | NodeJS.Signals | null> {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      this.send("SIGKILL");
    }, timeoutMs);
    await this.#closed;
    clearTimeout(timer);
    if (isLate) throw new Error(`The process did not end:\n${this.printed.slice(-4_000)}`);
    return this.ending;
  }

  /** kill -9, and waits until it is gone. */
  async kill(): Promise<void> {
    this.send("SIGKILL");
    await this.#closed;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
