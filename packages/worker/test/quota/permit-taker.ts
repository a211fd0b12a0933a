import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { QuotaRules } from "@sluice/core";

const program = fileURLToPath(new URL("fixtures/permit-taker.mjs", import.meta.url));

/** What every taker of one account is started with. */
export interface TakerSettings {
  redisUrl: string;
  rules: Partial<QuotaRules>;
  /** Callers in each process, each with one permit at a time. */
  callers: number;
  /** How long a permit is held, in milliseconds. */
  holdMs: number;
}

/** A real process that takes permits until it is killed. */
export class PermitTaker implements AsyncDisposable {
  /** Ids of the permits it has reported, by caller. */
  readonly taken: string[][];
  /** How the process ended by itself, which it never should. */
  failure: string | undefined;
  readonly #child: ChildProcess;
  readonly #nextGrant: Array<() => void> = [];
  #isKilled = false;

  constructor({ redisUrl, rules, callers, holdMs }: TakerSettings) {
    this.taken = Array.from({ length: callers }, () => []);
    const env = {
      ...process.env,
      TEST_REDIS_URL: redisUrl,
      TEST_RULES: JSON.stringify(rules),
      TEST_CALLERS: String(callers),
      TEST_HOLD_MS: String(holdMs),
    };
    this.#child = spawn(process.execPath, [program], { env, stdio: ["ignore", "pipe", "inherit"] });
    if (this.#child.stdout) createInterface(this.#child.stdout).on("line", (line) => this.#hear(line));
    this.#child.once("exit", (code) => {
      if (!this.#isKilled) this.failure = `ended by itself with exit code ${code}`;
    });
  }

  /** All permits it has reported. */
  get permits(): string[] {
    return this.taken.flat();
  }

  /** Resolves in the moment one of its callers gets a permit: a kill then hits a holder. */
  holding(): Promise<void> {
    return new Promise((resolve) => this.#nextGrant.push(resolve));
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#isKilled = true;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }

  #hear(line: string): void {
    const [, caller, permit] = /^holds (\d+) (\w+)$/.exec(line) ?? [];
    if (permit === undefined) return;
    this.taken[Number(caller)]?.push(permit);
    for (const resolve of this.#nextGrant.splice(0)) resolve();
  }
}

/** Several takers of one account; whoever is still alive at the end of the scope is killed. */
export class TakerCrew implements AsyncDisposable {
  readonly takers: PermitTaker[];
  readonly #settings: TakerSettings;

  constructor(size: number, settings: TakerSettings) {
    this.#settings = settings;
    this.takers = Array.from({ length: size }, () => new PermitTaker(settings));
  }

  /** Starts a new process in a place whose process was killed. */
  replace(at: number): void {
    this.takers[at] = new PermitTaker(this.#settings);
  }

  async kill(): Promise<void> {
    await Promise.all(this.takers.map((taker) => taker.kill()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
