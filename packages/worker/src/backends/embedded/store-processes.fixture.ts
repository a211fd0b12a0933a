import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A real process on an embedded store; see `store-process.fixture.ts` for what it can be told. */
export class StoreProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  #output = "";

  constructor(home: string, env: Record<string, string> = {}) {
    const program = new URL("../../../dist/backends/embedded/store-process.fixture.js", import.meta.url);
    this.#child = spawn(process.execPath, [fileURLToPath(program), JSON.stringify({ home })], {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child.stdin?.on("error", () => {});
    this.#child.stdout?.on("data", (data: Buffer) => {
      this.#output += data.toString();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  tell(command: string): void {
    this.#child.stdin?.write(`${command}\n`);
  }

  /** What followed a word at the beginning of a line, in order. */
  all(word: string): string[] {
    const lines = this.#output.split("\n").slice(0, -1);
    return lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
  }

  /** Waits until the process has said something that matches, and gives its first group. */
  async says(pattern: RegExp, timeoutMs = 30_000): Promise<string> {
    const signal = AbortSignal.timeout(timeoutMs);
    while (!pattern.test(this.#output)) {
      if (this.#child.stdout === null) throw new Error("the process has no output");
      await once(this.#child.stdout, "data", { signal }).catch((cause: unknown) => {
        throw new Error(`nothing of ${pattern} in ${timeoutMs} ms, but:\n${this.#output}`, { cause });
      });
    }
    return pattern.exec(this.#output)?.[1] ?? "";
  }

  /** kill -9, and waits until the process is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited();
  }

  async exited(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }

  /** Stops it as Ctrl-Z does. */
  stop(): void {
    this.#child.kill("SIGSTOP");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
